//! A mistake in a lesson's file: where it is, what is wrong, and what to write instead; and how that is shown.
//! Whoever finds a mistake makes a `Diagnostic`; this file decides nothing about lessons. What it shows may come from a
//! stranger's file, so it never passes on characters that would steer a terminal, nor a line of any length.

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceSpan, SpanContents,
};
use serde::Serialize;
use std::fmt::{self, Display};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A file's name as it is shown, and its text.
#[derive(Debug, Default)]
pub struct Source {
    pub name: String,
    pub text: String,
}

impl Source {
    /// Line and column of a byte, both from 1; columns count characters.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..floor(&self.text, byte)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// One mistake. In a box, since so much returns one or a value.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnostic(Box<Details>);

#[derive(Clone, Debug, Serialize)]
pub struct Details {
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// The bytes that are wrong.
    pub span: Range<usize>,
    /// What stands there; only its beginning when it is long.
    pub offending: String,
    /// What is wrong, without a full stop.
    pub problem: String,
    /// What to write instead, so that it reads on after "expected".
    pub expected: String,
    /// A short name that stays the same, for scripts and tests.
    pub code: &'static str,
    #[serde(skip)]
    source: Arc<Source>,
}

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// With the line and a marker, drawn and coloured: for a terminal.
    Colour,
    /// The same in plain characters.
    Plain,
    /// One line each, as compilers write it: for editors and CI.
    Line,
}

impl Deref for Diagnostic {
    type Target = Details;
    fn deref(&self) -> &Details {
        &self.0
    }
}

impl Diagnostic {
    pub fn new(
        source: &Arc<Source>,
        span: Range<usize>,
        code: &'static str,
        problem: String,
        expected: String,
    ) -> Self {
        let start = floor(&source.text, span.start);
        let end = floor(&source.text, span.end.max(start));
        let (line, column) = source.position(start);
        Diagnostic(Box::new(Details {
            file: printable(&source.name),
            line,
            column,
            offending: clip(source.text[start..end].lines().next().unwrap_or_default().trim_end(), 80),
            span: start..end,
            problem: printable(&problem),
            expected: printable(&expected),
            code,
            source: source.clone(),
        }))
    }

    /// A mistake of a file as a whole: it cannot be read, or it is missing.
    pub fn of_file(name: impl Into<String>, code: &'static str, problem: String, expected: String) -> Self {
        let source = Arc::new(Source { name: name.into(), text: String::new() });
        Diagnostic::new(&source, 0..0, code, problem, expected)
    }

    /// The excerpt with its marker, or the one line, with a line feed at the end.
    pub fn render(&self, form: Form) -> String {
        let theme = match form {
            Form::Line => return format!("{self}\n"),
            Form::Plain => GraphicalTheme::none(),
            Form::Colour => GraphicalTheme::unicode(),
        };
        let handler =
            GraphicalReportHandler::new_themed(theme).with_width(110).with_links(false).without_primary_span_start();
        let mut text = String::new();
        match handler.render_report(&mut text, &Excerpt::of(self)) {
            Ok(()) => text,
            Err(fmt::Error) => format!("{self}\n"),
        }
    }
}

impl Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { file, line, column, problem, expected, code, .. } = &**self;
        let text = format!("{file}:{line}:{column}: {problem} (expected {expected}) [{code}]");
        out.write_str(&text.replace('\n', " "))
    }
}

/// All of them, one after the other.
pub fn render(diagnostics: &[Diagnostic], form: Form) -> String {
    diagnostics.iter().map(|diagnostic| diagnostic.render(form)).collect()
}

/// The line that is wrong and its neighbours, each cut to a length that fits a screen.
#[derive(Debug)]
struct Excerpt {
    name: String,
    problem: String,
    help: String,
    code: &'static str,
    text: String,
    first_line: usize,
    marked: Range<usize>,
}

/// The longest piece of a line that is shown.
const WIDTH: usize = 160;

impl Excerpt {
    fn of(diagnostic: &Diagnostic) -> Excerpt {
        let whole = &diagnostic.source.text;
        let start = diagnostic.span.start;
        let first_line = diagnostic.line.saturating_sub(1).max(1);
        let mut text = String::new();
        let mut marked = 0..0;
        let line_start = whole[..start].rfind('\n').map_or(0, |at| at + 1);
        let before = whole[..line_start].trim_end_matches('\n').lines().next_back().filter(|_| diagnostic.line > 1);
        if diagnostic.line > 1 {
            text += &clip(before.filter(|_| !whole[..line_start].ends_with("\n\n")).unwrap_or_default(), WIDTH);
            text.push('\n');
        }
        let rest = &whole[line_start..];
        let line = rest.lines().next().unwrap_or_default();
        let column = (start - line_start).min(line.len());
        // A marker far to the right: begin the line a little before it.
        let skipped = if column > WIDTH / 2 { floor(line, column - WIDTH / 4) } else { 0 };
        text += if skipped > 0 { "…" } else { "" };
        let shown_at = text.len();
        let shown = clip(&line[skipped..], WIDTH);
        text += &shown;
        marked.start = shown_at + (column - skipped).min(shown.len());
        let length = diagnostic.span.len().min(line.len().saturating_sub(column)).max(1);
        marked.end = (marked.start + length).min(shown_at + shown.len()).max(marked.start);
        marked.end = floor(&text, marked.end);
        if let Some(after) = rest.lines().nth(1) {
            text.push('\n');
            text += &clip(after, WIDTH);
        }
        let name = format!("{}:{}:{}", diagnostic.file, diagnostic.line, diagnostic.column);
        let help = format!("expected {}", diagnostic.expected);
        Excerpt { name, problem: diagnostic.problem.clone(), help, code: diagnostic.code, text, first_line, marked }
    }
}

impl Display for Excerpt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.problem)?;
        // Without an excerpt there is no header that names the file.
        if self.text.is_empty() { write!(out, " ({})", self.name) } else { Ok(()) }
    }
}

impl std::error::Error for Excerpt {}

impl miette::Diagnostic for Excerpt {
    fn code(&self) -> Option<Box<dyn Display + '_>> {
        Some(Box::new(self.code))
    }

    fn help(&self) -> Option<Box<dyn Display + '_>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        if self.text.is_empty() { None } else { Some(self) }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new(None, self.marked.start, self.marked.len()))))
    }
}

impl miette::SourceCode for Excerpt {
    /// The excerpt is what is to be shown, whatever span of it is asked for.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let all = SourceSpan::from(0..self.text.len());
        let (data, lines) = (self.text.as_bytes(), self.text.lines().count());
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, all, self.first_line - 1, 0, lines)))
    }
}

/// The nearest character boundary at or before a byte.
fn floor(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// At most so many characters, and none that would steer a terminal.
pub fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => printable(&text[..end]) + "…",
        None => printable(text),
    }
}

/// Control characters and those that turn the direction of writing become `?`, one for each byte, so that spans stay right.
fn printable(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            shown.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            shown.push(c);
        }
    }
    shown
}
