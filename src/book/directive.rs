//! Directives in a chapter: `{{#step hostname 3}}`. Which there are is in `blocks`; mdBook's own pass through.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// mdBook's own, which it reads after us.
pub const OF_MDBOOK: [&str; 6] = ["include", "rustdoc_include", "playground", "playpen", "shiftinclude", "title"];

/// One directive, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub name: String,
    pub words: Vec<String>,
    /// Where it stands in the chapter, in bytes.
    pub at: Range<usize>,
    /// Whether it has its line for itself.
    pub alone: bool,
    /// Written `\{{#…}}`: shown as it is, without the backslash.
    pub escaped: bool,
}

static FORM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\\?\{\{#\s*([A-Za-z_]*)([^{}\n]*)\}\}").expect("the expression is right"));

/// All directives of a chapter, in order.
pub fn find(text: &str) -> Vec<Directive> {
    let directive = |found: regex::Captures<'_>| {
        let whole = found.get(0).expect("all of it").range();
        let line_start = text[..whole.start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[whole.end..].find('\n').map_or(text.len(), |at| whole.end + at);
        let alone = text[line_start..whole.start].trim().is_empty() && text[whole.end..line_end].trim().is_empty();
        Directive {
            name: found[1].to_owned(),
            words: found[2].split_whitespace().map(str::to_owned).collect(),
            escaped: found[0].starts_with('\\'),
            at: whole,
            alone,
        }
    };
    FORM.captures_iter(text).map(directive).collect()
}

/// The number of the line that a byte is in.
pub fn line(text: &str, at: usize) -> usize {
    text[..at.min(text.len())].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_found_with_their_places() {
        let text = "# A\n\n{{#step hostname 3 why}}\nThe name is {{#fact 3 runtime.hostname}}.\n\\{{#quiz 2}}\n";
        let found = find(text);
        let seen: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_str(), it.words.len(), line(text, it.at.start), it.alone, it.escaped))
            .collect();
        assert_eq!(seen, [("step", 3, 3, true, false), ("fact", 2, 4, false, false), ("quiz", 1, 5, true, true)]);
        assert_eq!(&text[found[1].at.clone()], "{{#fact 3 runtime.hostname}}");
    }
}
