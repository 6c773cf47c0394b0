//! Text as HTML. What is made here stands in Markdown as one line without an empty one in it, so that all of it stays
//! HTML; and a brace is written by its number, so that nothing that reads the page after us takes it for a directive.

/// Text between tags or in an attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '{' => out.push_str("&#123;"),
            '}' => out.push_str("&#125;"),
            '\n' => out.push_str("&#10;"),
            // What a program printed must not steer anything here either.
            letter if letter.is_control() && letter != '\t' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// A sentence of a lesson: what stands in backticks is code.
pub fn inline(text: &str) -> String {
    let mut out = String::new();
    for (at, piece) in text.trim().split('`').enumerate() {
        let piece = escape(piece).replace("&#10;", " ");
        out.push_str(&if at % 2 == 1 { format!("<code>{piece}</code>") } else { piece });
    }
    out
}

/// Lines of a terminal: never wrapped, and reached by the keyboard where they are wider than the page.
pub fn lines(class: &str, label: &str, inner: &str) -> String {
    format!("<pre class=\"{class}\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">{inner}</pre>", escape(label))
}

/// A manual page as a link: `unshare(2)`.
pub fn manual(page: &str) -> String {
    let Some((name, section)) = page.strip_suffix(')').and_then(|it| it.split_once('(')) else { return escape(page) };
    let address = format!("https://man7.org/linux/man-pages/man{section}/{name}.{section}.html");
    format!("<a class=\"manual\" href=\"{}\">{}</a>", escape(&address), escape(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_lesson_is_markup() {
        assert_eq!(inline("ask `a < b` & \"c\""), "ask <code>a &lt; b</code> &amp; &quot;c&quot;");
        assert_eq!(escape("{{#include x}}\n\u{1b}[0m"), "&#123;&#123;#include x&#125;&#125;&#10;\u{fffd}[0m");
    }

    #[test]
    fn a_manual_page_has_an_address() {
        let link = manual("unshare(2)");
        assert!(link.contains("man2/unshare.2.html\"") && link.ends_with(">unshare(2)</a>"), "{link}");
    }
}
