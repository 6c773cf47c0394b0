//! The pages: mdBook's own, and then what makes them small. The search has what was written, and the sentences of steps,
//! but no output, no code and no letters of pictures; paper has nothing that can only be played or opened; and what the
//! blocks have marked for that is taken out. Plain `mdbook` starts this as `boxlab book render`, so both ways give the
//! same files.

use super::html::{Mark, without, without_marks};
use mdbook_html::HtmlHandlebars;
use mdbook_preprocessor::book::Book;
use mdbook_renderer::{RenderContext, Renderer};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// By this name book.toml speaks of it: `[output.boxlab]`. Its table `html` has the settings of mdBook's pages.
pub const NAME: &str = "boxlab";
const SETTINGS: &str = "output.boxlab.html";
const INDEX: &str = "searchindex.js";

/// What makes the pages.
pub struct Pages;

impl Renderer for Pages {
    fn name(&self) -> &str {
        NAME
    }

    fn render(&self, given: &RenderContext) -> mdbook_preprocessor::errors::Result<()> {
        let mut context = given.clone();
        if let Some(settings) = context.config.get::<serde_json::Value>(SETTINGS)? {
            context.config.set("output.html", settings)?;
        }
        HtmlHandlebars::new().render(&context)?;
        if context.destination.join(INDEX).exists() {
            let beside = given.destination.parent().unwrap_or(&given.root);
            let words = tempfile::Builder::new().prefix(".boxlab-words-").tempdir_in(beside)?;
            // The same book without what is not searched; of all its files only the index is wanted.
            thin(&mut context.book);
            context.config.set("output.html.print.enable", false)?;
            context.destination = words.path().to_owned();
            HtmlHandlebars::new().render(&context)?;
            let index = std::fs::read_to_string(words.path().join(INDEX))?;
            std::fs::write(given.destination.join(INDEX), small_index(&index))?;
        }
        finish(&given.destination)?;
        Ok(())
    }
}

fn thin(book: &mut Book) {
    book.for_each_chapter_mut(|chapter| chapter.content = without(&chapter.content, Mark::Unsearched));
}

/// The index has a node for each letter of each word. Those at which no word ends say so in many letters, and need not: the
/// search looks only at nodes that say something. And nobody needs sixteen digits of a weight.
fn small_index(index: &str) -> String {
    static WEIGHT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""tf":(\d+\.\d\d)\d+"#).expect("it is right"));
    let index = index.replace(r#""df":0,"docs":{},"#, "").replace(r#","df":0,"docs":{}"#, "");
    WEIGHT.replace_all(&index, r#""tf":$1"#).replace(r#""tf":1.0}"#, r#""tf":1}"#)
}

/// Each page of a folder, and of those in it.
fn finish(folder: &Path) -> std::io::Result<()> {
    let mut shared = Shared::default();
    for path in pages(folder)? {
        let mut page = std::fs::read_to_string(&path)?;
        let depth = path.strip_prefix(folder).map_or(0, |inside| inside.components().count() - 1);
        if depth == 0 && path.file_name().is_some_and(|name| name == "print.html") {
            page = without(&page, Mark::OnScreen);
        }
        // Who goes by keyboard need not pass the list of all chapters first.
        let skip = "<body>\n<a class=\"skip\" href=\"#mdbook-content\">To the text</a>";
        if page.contains("id=\"mdbook-content\"") {
            page = page.replacen("<body>", skip, 1);
        }
        let page = shared.take_out(&small_page(&without_marks(&page)), &"../".repeat(depth));
        std::fs::write(&path, page)?;
    }
    for (name, script) in shared.files() {
        std::fs::write(folder.join(name), script)?;
    }
    Ok(())
}

fn pages(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(pages(&path)?);
        } else if path.extension().is_some_and(|end| end == "html") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Scripts that stand in every page, before its text, to the letter: each becomes a file.
#[derive(Default)]
struct Shared {
    scripts: Vec<String>,
}

impl Shared {
    /// `up` leads from the page to the folder of all.
    fn take_out(&mut self, page: &str, up: &str) -> String {
        static SCRIPT: LazyLock<Regex> =
            LazyLock::new(|| Regex::new("(?s)<script>\n(.*?)\n</script>").expect("it is right"));
        let Some(text) = page.find("<main>") else { return page.to_owned() };
        let head = SCRIPT.replace_all(&page[..text], |found: &regex::Captures<'_>| {
            // This one says where the page is.
            if found[1].contains("path_to_root =") {
                return found[0].to_owned();
            }
            let at = self.scripts.iter().position(|it| *it == found[1]).unwrap_or_else(|| {
                self.scripts.push(found[1].to_owned());
                self.scripts.len() - 1
            });
            format!("<script src=\"{up}{}\"></script>", Shared::name(at))
        });
        format!("{head}{}", &page[text..])
    }

    fn name(at: usize) -> String {
        format!("frame-{at}.js")
    }

    fn files(self) -> impl Iterator<Item = (String, String)> {
        self.scripts.into_iter().enumerate().map(|(at, script)| (Shared::name(at), script + "\n"))
    }
}

/// What stands around the text of a page is the same on each: without the spaces that its lines begin with, and with each of
/// its comments once.
fn small_page(page: &str) -> String {
    let (Some(start), Some(end)) = (page.find("<main>"), page.rfind("</main>")) else { return page.to_owned() };
    let mut seen = BTreeSet::new();
    let mut out = around(&page[..start], &mut seen);
    out.push_str(&page[start..end]);
    let below = around(&page[end..], &mut seen);
    // These are drawn on buttons of code that can be run, or that hides lines.
    static BUTTONS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("(?s)<template id=fa-(eye|eye-slash|play|clock-rotate-left)>.*?</template>\n?").expect("it is right")
    });
    let needed = ["boring", "playground"].iter().any(|class| page[start..end].contains(&format!("class=\"{class}")));
    if needed {
        out.push_str(&below);
    } else {
        out.push_str(&BUTTONS.replace_all(&below, ""));
    }
    out
}

fn around<'a>(text: &'a str, seen: &mut BTreeSet<&'a str>) -> String {
    static COMMENT: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?s)<!--.*?-->").expect("it is right"));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for found in COMMENT.find_iter(text) {
        out.push_str(&text[done..found.start()]);
        // The licence of the pictures on its buttons stays, once.
        if found.as_str().contains("License") && seen.insert(found.as_str()) {
            out.push_str(found.as_str());
        }
        done = found.end();
    }
    out.push_str(&text[done..]);
    let lines: Vec<&str> = out.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_keeps_what_the_search_looks_at() {
        let index = r#"{"a":{"df":0,"docs":{},"b":{"df":1,"docs":{"7":{"tf":1.4142135623730951}}}},"c":{"d":{"df":1,"docs":{"1":{"tf":1.0}}},"df":0,"docs":{}}}"#;
        let small = r#"{"a":{"b":{"df":1,"docs":{"7":{"tf":1.41}}}},"c":{"d":{"df":1,"docs":{"1":{"tf":1}}}}}"#;
        assert_eq!(small_index(index), small);
        assert!(serde_json::from_str::<serde_json::Value>(small).is_ok());
    }

    #[test]
    fn the_text_of_a_page_is_left_alone() {
        let page =
            "<html>\n    <!-- a -->\n  <i>x</i>\n\n<main>\n  <pre>  a\n\n  b</pre>\n<!-- b --></main>\n   </html>\n";
        assert_eq!(small_page(page), "<html>\n<i>x</i>\n<main>\n  <pre>  a\n\n  b</pre>\n<!-- b --></main>\n</html>\n");
    }
}
