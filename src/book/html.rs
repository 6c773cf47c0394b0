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

/// What is made otherwise in one place than in all others. The marks are comments, which `render` takes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The search does not look at it.
    Unsearched,
    /// It is not on paper.
    OnScreen,
}

impl Mark {
    const ALL: [Mark; 2] = [Mark::Unsearched, Mark::OnScreen];

    fn ends(self) -> (&'static str, &'static str) {
        match self {
            Mark::Unsearched => ("<!--u-->", "<!--/u-->"),
            Mark::OnScreen => ("<!--s-->", "<!--/s-->"),
        }
    }

    /// Marks whole elements. What is marked already is not marked again by the same.
    pub fn on(self, html: &str) -> String {
        let (from, to) = self.ends();
        let bare = html.replace(from, "").replace(to, "");
        if bare.is_empty() { bare } else { format!("{from}{bare}{to}") }
    }
}

/// A text without what is marked so.
pub fn without(text: &str, mark: Mark) -> String {
    let (from, to) = mark.ends();
    let mut pieces = text.split(from);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |out, piece| out + piece.split_once(to).map_or(piece, |(_, rest)| rest))
}

/// A text without the marks themselves.
pub fn without_marks(text: &str) -> String {
    let ends = Mark::ALL.into_iter().flat_map(|mark| [mark.ends().0, mark.ends().1]);
    ends.fold(text.to_owned(), |out, end| out.replace(end, ""))
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

/// Lines of a terminal: never wrapped, and reached by the keyboard where they are wider than the narrowest page.
pub fn lines(class: &str, label: &str, inner: &str) -> String {
    match widest(inner) > NARROWEST {
        true => format!(
            "<pre class=\"{class}\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">{inner}</pre>",
            escape(label)
        ),
        false => format!("<pre class=\"{class}\">{inner}</pre>"),
    }
}

/// So many letters fit into a line of any page.
const NARROWEST: usize = 24;

/// How many letters the longest line has. What is written by its number counts as more than it is, which does no harm.
fn widest(html: &str) -> usize {
    let mut text = String::new();
    for piece in html.split('<') {
        text.push_str(piece.split_once('>').map_or(piece, |(_, rest)| rest));
    }
    text.split("&#10;").map(|line| line.chars().count()).max().unwrap_or(0)
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
    fn what_is_marked_can_be_left_out() {
        let text = format!("a{}b{}", Mark::Unsearched.on("<i>x</i>"), Mark::OnScreen.on("<b>y</b>"));
        assert_eq!(without(&text, Mark::Unsearched), format!("ab{}", Mark::OnScreen.on("<b>y</b>")));
        assert_eq!(without_marks(&text), "a<i>x</i>b<b>y</b>");
        assert_eq!(without_marks(&without(&without(&text, Mark::OnScreen), Mark::Unsearched)), "ab");
        // One within another of the same kind would end it too early.
        assert_eq!(without(&Mark::OnScreen.on(&format!("a{}b", Mark::OnScreen.on("c"))), Mark::OnScreen), "");
    }

    #[test]
    fn a_manual_page_has_an_address() {
        let link = manual("unshare(2)");
        assert!(link.contains("man2/unshare.2.html\"") && link.ends_with(">unshare(2)</a>"), "{link}");
    }
}
