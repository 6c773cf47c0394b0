//! Judges a whole folder of lessons in one run: what cannot be read (`load`), and what can but should be written otherwise.
//! Findings of this room alone do not stop a lesson from running. Each file here holds one kind of rule; a rule looks at
//! drafts, reports, and changes nothing.

mod actors;
mod choices;
mod claims;
mod course;
mod measured;
mod paths;
mod prose;
mod sentences;
mod shape;
mod world;

use super::diagnostic::{Diagnostic, Source};
use super::draft::Draft;
use super::found::Found;
use super::load;
use super::overlay;
use super::shelf::{Entry, Shelf};
use super::tree;
use std::sync::Arc;

/// A lesson under judgement.
struct Sheet {
    draft: Option<Draft>,
    found: Found,
}

/// The mistakes of a lesson's words in other languages, and of those that were laid over it.
fn words(entry: &Entry, source: &Arc<Source>) -> Vec<Diagnostic> {
    let Ok(mut root) = tree::parse_alone(source) else { return Vec::new() };
    let mut wrong = Vec::new();
    for words in entry.all_words() {
        match words {
            Ok(words) => wrong.extend(overlay::lay(&words, &mut root).err().unwrap_or_default()),
            Err(mistake) => wrong.push(mistake),
        }
    }
    wrong
}

/// Every mistake of every lesson, by file and place.
pub fn lint(shelf: &Shelf) -> Vec<Diagnostic> {
    let own = match shelf.about() {
        Ok(about) => about.is_some(),
        // Lessons of a newer Boxlab have what this one cannot judge.
        Err(mistakes) => return mistakes.to_vec(),
    };
    let mut all = shelf.strays().to_vec();
    let mut sheets = Vec::new();
    for entry in shelf.lessons() {
        match entry.source() {
            Ok(source) => {
                let mut found = Found::new(&source);
                let draft = load::draft(entry, &source, &mut found).map(|(draft, _)| draft);
                sheets.push(Sheet { draft, found });
                all.extend(words(entry, &source));
            }
            Err(mistake) => all.push(mistake),
        }
    }
    for Sheet { draft, found } in &mut sheets {
        if let Some(draft) = draft {
            prose::judge(draft, found);
            shape::judge(draft, own, found);
            choices::judge(draft, found);
            claims::judge(draft, found);
            paths::judge(draft, found);
            measured::judge(draft, found);
        }
    }
    course::judge(shelf.lessons(), &mut sheets);
    actors::judge(&mut sheets);
    all.extend(sheets.into_iter().flat_map(|sheet| sheet.found.finish()));
    all
}
