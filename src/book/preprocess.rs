//! Chapters as they are written become chapters as mdBook reads them: each directive is replaced by what it asks for. What
//! cannot be replaced is a mistake with its file and line.

use super::blocks::{Page, Seen};
use super::course::Course;
use super::directive::{self, Directive};
use crate::problem::{Problem, WRONG};
use mdbook_preprocessor::book::{Book, Chapter};
use std::path::Path;

/// Replaces all directives of a book. `shown` is the folder of its chapters as messages name it.
pub fn preprocess(course: &Course, shown: &Path, book: &mut Book) -> Result<(), Problem> {
    let mut seen = Seen::default();
    let mut wrong = None;
    book.for_each_chapter_mut(|chapter| {
        if wrong.is_none() {
            wrong = one(course, shown, chapter, &mut seen).err();
        }
    });
    wrong.map_or(Ok(()), Err)
}

fn one(course: &Course, shown: &Path, chapter: &mut Chapter, seen: &mut Seen) -> Result<(), Problem> {
    let source = chapter.source_path.clone().or_else(|| chapter.path.clone()).unwrap_or_default();
    let mut page = Page::new(course, seen, &source);
    let text = std::mem::take(&mut chapter.content);
    let mut out = String::with_capacity(text.len() * 4);
    let mut done = 0;
    for found in directive::find(&text) {
        out.push_str(&text[done..found.at.start]);
        done = found.at.end;
        let here = || format!("{}:{}", shown.join(&source).display(), directive::line(&text, found.at.start));
        match replaced(&mut page, &found, &text) {
            Ok(made) => out.push_str(&made),
            Err(problem) => return Err(Problem { what: format!("{}: {}", here(), problem.what), ..problem }),
        }
    }
    out.push_str(&text[done..]);
    chapter.content = out;
    Ok(())
}

fn replaced(page: &mut Page<'_>, found: &Directive, text: &str) -> Result<String, Problem> {
    let own = &text[found.at.clone()];
    if found.escaped {
        return Ok(own[1..].to_owned());
    }
    if directive::OF_MDBOOK.contains(&found.name.as_str()) {
        return Ok(own.to_owned());
    }
    let inline = super::blocks::is_inline(&found.name);
    let made = page.make(&found.name, &found.words)?;
    if !inline && !found.alone {
        return Err(Problem::new(WRONG, format!("`{own}` stands in the middle of a line."))
            .next("give it a line of its own, with an empty line before and after it"));
    }
    // An empty line before and after keeps it apart from the text around it.
    Ok(if inline { made } else { format!("\n{made}\n") })
}
