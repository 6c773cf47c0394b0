//! `{{#code ANCHOR}}`: a piece of Boxlab's own source, cut by anchor from what was compiled.

use super::Page;
use super::step::listing;
use crate::book::html::Mark;
use crate::kernel::code;
use crate::lesson::words::instead;
use crate::problem::{Problem, WRONG};

impl Page<'_> {
    pub(super) fn code(&mut self, words: &[String]) -> Result<String, Problem> {
        let [anchor] = words else {
            return Err(Problem::new(WRONG, "It wants an anchor of the source.").next("{{#code unshare}}"));
        };
        let piece = code::by_anchor(anchor).ok_or_else(|| {
            let all: Vec<&str> = code::anchors().collect();
            Problem::new(WRONG, format!("There is no anchor `{anchor}` in src/kernel."))
                .next(instead(anchor, all.iter().copied()))
        })?;
        self.codes.insert(piece.text.to_owned(), String::new());
        Ok(Mark::Unsearched.on(&listing(piece.file, piece.text, true)))
    }
}
