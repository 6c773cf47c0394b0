//! Counts words and sentences, as far as a lesson's prose needs it. Code in backticks has no sentences.

/// Words as they are read aloud: dashes and the like are none.
pub fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

/// Sentences that end. Text after the last end counts as one more.
pub fn count(text: &str) -> usize {
    let plain = without_code(text);
    let mut sentences = 0;
    let mut since = false;
    let mut words = plain.split_whitespace().peekable();
    while let Some(word) = words.next() {
        since |= word.chars().any(char::is_alphanumeric);
        if since && ends_sentence(word, words.peek().copied()) {
            sentences += 1;
            since = false;
        }
    }
    sentences + usize::from(since)
}

/// Whether the text closes as a sentence does.
pub fn is_closed(text: &str) -> bool {
    without_code(text).trim_end().trim_end_matches(CLOSERS).ends_with(['.', '?', '!', ':', '…'])
}

const CLOSERS: [char; 6] = ['"', '\'', ')', '”', '’', '»'];
const SHORT: [&str; 6] = ["e.g.", "i.e.", "etc.", "vs.", "cf.", "no."];

fn ends_sentence(word: &str, next: Option<&str>) -> bool {
    let bare = word.trim_end_matches(CLOSERS);
    if bare.ends_with(['?', '!']) {
        return true;
    }
    let stem = bare.trim_end_matches(['.', '…']);
    let goes_on = next.is_some_and(|next| next.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase));
    match &bare[stem.len()..] {
        "" => false,
        // `cd ..` and the like: a path, not an end, unless nothing follows.
        "." if stem.is_empty() => false,
        "." if SHORT.contains(&bare.to_lowercase().trim_start_matches('(')) => !goes_on && next.is_none(),
        "." => true,
        ".." => false,
        _ => !goes_on,
    }
}

/// What stands in backticks becomes one word.
fn without_code(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for (number, part) in text.split('`').enumerate() {
        plain += if number % 2 == 0 { part } else { "code" };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{count, is_closed, words};

    #[test]
    fn sentences_end_where_a_reader_pauses() {
        for (text, expected) in [
            ("One. Two? Three! four", 4),
            ("Run `sh -c 'a. b.'` now.", 1),
            ("See e.g. unshare(2), since Linux 5.11.", 1),
            ("Climb with .. until nothing changes.", 1),
            ("Wait... and go on. Then stop.", 2),
            ("(It works.) \"So it does.\"", 2),
            ("", 0),
            ("— …", 0),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn words_are_what_is_read_aloud() {
        assert_eq!(words("A name — of its own."), 5);
        assert_eq!(words(" \n"), 0);
    }

    #[test]
    fn closed_by_a_mark_even_before_a_quote() {
        assert!(is_closed("Say \"yes.\"") && is_closed("Why?") && is_closed("Look:"));
        assert!(!is_closed("Ask for a namespace") && !is_closed(""));
    }
}
