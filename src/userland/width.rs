//! Sentences on a terminal: wrapped at words, with what follows a line's head hung under its first word. Where nobody reads
//! a terminal, as in a pipe, a line stays a line. Manual: ioctl_tty(2) TIOCGWINSZ.

use std::io::IsTerminal as _;

use textwrap::core::display_width;

/// With less room beside the head than this, in cells, only two cells are hung.
const LEAST: usize = 24;

/// The width of standard error; none where it is no terminal. COLUMNS is what the user says it is.
pub fn of_errors() -> Option<usize> {
    let terminal = std::io::stderr();
    if !terminal.is_terminal() {
        return None;
    }
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let size = || rustix::termios::tcgetwinsize(&terminal).ok().map(|size| usize::from(size.ws_col));
    said.or_else(size).filter(|columns| *columns > 0)
}

/// The head and the text as lines, each with its end.
pub fn hung(head: &str, text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return format!("{head}{text}\n") };
    let indent = match display_width(head) {
        hang if hang + LEAST <= width => hang,
        _ => 2,
    };
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(width.max(LEAST))
        .initial_indent(head)
        .subsequent_indent(&indent)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options) + "\n"
}

#[cfg(test)]
mod tests {
    use super::hung;

    #[test]
    fn words_stay_whole_and_hang() {
        let text = "the kernel looked at every word of this sentence";
        assert_eq!(hung("nc: ", text, None), format!("nc: {text}\n"));
        let lines = hung("nc: ", text, Some(30));
        assert_eq!(lines, "nc: the kernel looked at every\n    word of this sentence\n");
        assert_eq!(hung("a very long head: ", "b c", Some(30)), "a very long head: b c\n");
    }
}
