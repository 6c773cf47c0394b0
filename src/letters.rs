//! What a terminal can show: letters beyond ASCII only where the locale has them (locale(7)), and no escape sequences where
//! it says that it is dumb. What is written to a file or a pipe is left as it is.

use std::borrow::Cow;
use std::io::IsTerminal;

/// Whether the locale is one of UTF-8. The first of these variables that is set decides.
pub fn utf8() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Whether the terminal takes no more than letters and ends of lines.
pub fn dumb() -> bool {
    std::env::var("TERM").is_ok_and(|it| it == "dumb")
}

/// A text as this stream's terminal can show it.
pub fn legible<'a>(text: &'a str, stream: &impl IsTerminal) -> Cow<'a, str> {
    if text.is_ascii() || !stream.is_terminal() || utf8() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            plain.push(letter);
        } else {
            plain.push_str(ascii(letter.encode_utf8(&mut [0; 4])));
        }
    }
    Cow::Owned(plain)
}

/// One sign for one cell. What has none is a question mark, as terminals do it.
pub fn ascii(sign: &str) -> &'static str {
    match sign {
        "─" | "━" | "−" | "–" | "—" => "-",
        "│" | "┃" | "┆" => "|",
        "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "╭" | "╮" | "╰" | "╯" => "+",
        "→" | "▶" => ">",
        "←" => "<",
        "↑" => "^",
        "↓" => "v",
        "✔" => "+",
        "✘" => "x",
        "●" => "*",
        "≠" => "!",
        "·" | "…" => ".",
        "“" | "”" => "\"",
        "‘" | "’" => "'",
        "█" => "#",
        "░" => ":",
        _ => "?",
    }
}
