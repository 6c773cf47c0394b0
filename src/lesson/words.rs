//! Words that are nearly right: the nearest of a list of known ones, and how a list is written in a message.

use super::diagnostic::clip;

/// Longer words than this are no misspelling of a known one, and comparing them would take long.
const LONGEST: usize = 60;

/// The known word that was most likely meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > LONGEST {
        return None;
    }
    let word = word.trim().to_lowercase();
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        let begins = !word.is_empty()
            && word.len().min(known.len()) >= 3
            && (known.starts_with(&word) || word.starts_with(&known));
        if begins { 0.9 } else { strsim::normalized_damerau_levenshtein(&word, &known) }
    };
    let scored = known.into_iter().map(|known| (likeness(known), known));
    scored.filter(|(score, _)| *score >= 0.5).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// "`a`" where one word is near, and all of them: "`a`; there are a, b, c".
pub fn instead<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let all = known.clone().into_iter().collect::<Vec<_>>().join(", ");
    match nearest(word, known) {
        Some(near) => format!("`{near}`, if that is meant; there are: {all}"),
        None => format!("one of: {all}"),
    }
}

/// The nearest word only, where the list is too long for a message.
pub fn instead_of_many<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
    match nearest(word, known) {
        Some(near) => format!("`{near}`, if that is meant; {otherwise}"),
        None => otherwise.to_owned(),
    }
}

/// A word of the file in a message.
pub fn quoted(word: &str) -> String {
    format!("`{}`", clip(word, 60).replace('\n', " "))
}
