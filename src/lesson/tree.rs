//! A YAML text as a tree whose every node knows where it stands.
//! It is stricter than YAML: no anchors and aliases (so a small file cannot grow into a large one), no tags, one document,
//! keys that are text and come once, and bounds on depth and number. It knows nothing of lessons.

use super::diagnostic::{Diagnostic, Source, clip};
use super::found::Found;
use super::tabs::tab_near;
use serde_yaml::granit_parser::{self as parser, Event, Parser, ScalarStyle};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// Lists and mappings inside each other. A lesson uses five.
const DEEPEST: usize = 24;
/// Values in one file. A long lesson has some hundred.
const MOST_NODES: usize = 20_000;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its number in the file, by which a mistake finds it again.
    pub id: usize,
    pub span: Range<usize>,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    /// `plain` is text without quotes, which may be read as a number or as nothing.
    Text {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
    /// Stands for whatever is asked for, after a mistake was noted, so that reading goes on to the next.
    Anything,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub text: String,
    pub span: Range<usize>,
}

impl Node {
    /// `key:` with nothing after it, `~` or `null`.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.content, Content::Text { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// The value under a key, where this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(have, _)| have.text == key).map(|(_, value)| value)
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        if let Content::Map(entries) = &self.content { entries } else { &[] }
    }

    /// The elements of a list; none of anything else.
    pub fn items(&self) -> &[Node] {
        if let Content::List(items) = &self.content { items } else { &[] }
    }

    /// What it is, for a message.
    pub fn described(&self) -> String {
        match &self.content {
            _ if self.is_nothing() => "nothing".to_owned(),
            Content::Text { text, .. } => format!("the text `{}`", clip(text, 40)),
            Content::List(_) => "a list".to_owned(),
            Content::Map(entries) => match entries.first() {
                Some((key, _)) => format!("a mapping (`{}: …`)", clip(&key.text, 40)),
                None => "an empty mapping".to_owned(),
            },
            Content::Anything => "anything".to_owned(),
        }
    }
}

/// A terminal obeys such letters, and a lesson may be a stranger's.
/// What an operation writes to a file may have any.
fn refuse_control(node: &Node, found: &mut Found) {
    match &node.content {
        Content::Text { text, .. } => {
            if let Some(letter) = text.chars().find(|it| it.is_control() && !matches!(it, '\n' | '\t')) {
                let problem = format!("A control character, `{}`, stands in this text", letter.escape_default());
                found.push(node.span.clone(), "control-character", problem, "letters, spaces and ends of lines");
            }
        }
        Content::List(items) => items.iter().for_each(|item| refuse_control(item, found)),
        Content::Map(entries) => {
            entries.iter().filter(|(key, _)| key.text != "do").for_each(|(_, value)| refuse_control(value, found));
        }
        Content::Anything => {}
    }
}

/// Reads a text that is judged by itself: a tree, or all that is wrong with its form.
pub fn parse_alone(source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    let mut found = Found::new(source);
    match parse(source, &mut found) {
        Some(node) if found.is_empty() => Ok(node),
        _ => Err(found.finish()),
    }
}

/// Reads a text. Mistakes go to `found`; without a tree there is at least one.
pub fn parse(source: &Arc<Source>, found: &mut Found) -> Option<Node> {
    let mut options = parser::options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    options.set_emit_comments(false);
    let mut builder = Builder { source, open: Vec::new(), root: None, nodes: 0, documents: 0 };
    for event in Parser::new_from_str_with_options(&source.text, options) {
        match event {
            Ok((event, span)) => {
                if !builder.take(event, bytes(&source.text, span), found) {
                    return None;
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or_else(|| byte_of(&source.text, error.marker().index()));
                let deep = matches!(error.kind(), parser::ErrorKind::RecursionLimitExceeded);
                let tab = if deep { None } else { tab_near(&source.text, at) };
                let what = match tab {
                    Some(_) => ("tab", "A tab stands in the indentation".to_owned(), "spaces"),
                    None if deep => Builder::too_deep(),
                    None => not_yaml(&error),
                };
                let at = tab.unwrap_or(at);
                found.push(at..at + 1, what.0, what.1, what.2);
                return None;
            }
        }
    }
    if builder.root.is_none() {
        found.push(0..0, "empty-file", "The file has nothing in it".into(), "a lesson: `id:`, `title:`, … `steps:`");
    }
    if let Some(root) = &builder.root {
        refuse_control(root, found);
    }
    builder.root
}

fn not_yaml(error: &parser::ScanError) -> (&'static str, String, &'static str) {
    let expected =
        "YAML: quotes around text that has `: ` or ` #` or begins with a sign; lines indented as their neighbours are";
    ("yaml-syntax", format!("This is no YAML: {}", error.info()), expected)
}

/// The bytes of a span. Without them, the parser counted characters.
fn bytes(text: &str, span: parser::Span) -> Range<usize> {
    let byte = |marker: parser::Marker| marker.byte_offset().unwrap_or_else(|| byte_of(text, marker.index()));
    byte(span.start)..byte(span.end)
}

fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

/// A list or mapping whose end has not come yet.
struct Open {
    id: usize,
    start: usize,
    end: usize,
    flow: bool,
    content: Content,
    /// The key whose value comes next.
    key: Option<Key>,
    seen: BTreeSet<String>,
}

/// Puts the parser's events together.
struct Builder<'a> {
    source: &'a Source,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
}

impl Builder<'_> {
    /// False where it makes no sense to read on.
    fn take(&mut self, event: Event<'_>, span: Range<usize>, found: &mut Found) -> bool {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let problem = "A second document begins here".into();
                    found.push(span, "second-document", problem, "one lesson in a file, without a further `---`");
                    return false;
                }
            }
            Event::Anchor(_, name) => {
                let problem = format!("`&{}` is an anchor, and a lesson has none", clip(&name, 40));
                found.push(span, "anchor", problem, "the value itself, without `&`");
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let name = clip(self.source.text.get(span.clone()).unwrap_or("*"), 40);
                let problem = format!("`{name}` is an alias, and a lesson has none");
                found.push(
                    span.clone(),
                    "anchor",
                    problem,
                    "the value itself, written out; in quotes if it begins with `*`",
                );
                return self.value(span, Content::Anything, found);
            }
            Event::Scalar(text, style, _, tag) => {
                self.refuse_tag(tag.is_some(), &span, found);
                let plain = style == ScalarStyle::Plain;
                return self.value(span, Content::Text { text: text.into_owned(), plain }, found);
            }
            Event::SequenceStart(style, _, tag) => {
                self.refuse_tag(tag.is_some(), &span, found);
                return self.begin(span, style == parser::StructureStyle::Flow, Content::List(Vec::new()), found);
            }
            Event::MappingStart(style, _, tag) => {
                self.refuse_tag(tag.is_some(), &span, found);
                return self.begin(span, style == parser::StructureStyle::Flow, Content::Map(Vec::new()), found);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    // The end of a block is noticed at the next token; what it holds ends with its last value.
                    let end = if open.flow { span.end } else { open.end };
                    self.add(Node { id: open.id, span: open.start..end.max(open.start), content: open.content });
                }
            }
            _ => {}
        }
        true
    }

    fn refuse_tag(&self, has: bool, span: &Range<usize>, found: &mut Found) {
        if has {
            let problem = "A tag (`!…`) stands before this value, and a lesson has none".into();
            found.push(span.clone(), "tag", problem, "the value alone; in quotes if it begins with `!`");
        }
    }

    fn begin(&mut self, span: Range<usize>, flow: bool, content: Content, found: &mut Found) -> bool {
        if self.expects_key() {
            found.push(
                span,
                "key-not-text",
                "A list or mapping stands where a field's name belongs".into(),
                "a name and a colon",
            );
            return false;
        }
        if self.open.len() >= DEEPEST {
            let (code, problem, expected) = Builder::too_deep();
            found.push(span, code, problem, expected);
            return false;
        }
        let Some(id) = self.number(&span, found) else { return false };
        let (start, end) = (span.start, span.end);
        self.open.push(Open { id, start, end, flow, content, key: None, seen: BTreeSet::new() });
        true
    }

    fn value(&mut self, span: Range<usize>, content: Content, found: &mut Found) -> bool {
        let Some(id) = self.number(&span, found) else { return false };
        if let (true, Some(open)) = (self.expects_key(), self.open.last_mut()) {
            let Content::Text { text, .. } = content else {
                found.push(span, "key-not-text", "A field's name is no text".into(), "a name and a colon");
                return false;
            };
            if open.seen.contains(&text) {
                let problem = format!("`{}` stands here a second time", clip(&text, 40));
                found.push(span.clone(), "duplicate-key", problem, "each field once: remove one of them");
            }
            open.end = span.end;
            open.key = Some(Key { text, span });
            return true;
        }
        self.add(Node { id, span, content });
        true
    }

    fn too_deep() -> (&'static str, String, &'static str) {
        let problem = format!("More than {DEEPEST} lists and mappings stand inside each other here");
        ("too-deep", problem, "the few levels that a lesson has")
    }

    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.content, Content::Map(_)) && open.key.is_none())
    }

    fn number(&mut self, span: &Range<usize>, found: &mut Found) -> Option<usize> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let problem = format!("The file has more than {MOST_NODES} values");
            found.push(span.clone(), "too-many-values", problem, "a lesson of some hundred values");
            return None;
        }
        Some(self.nodes)
    }

    /// Puts a finished node where it belongs. The second value of a key is left out.
    fn add(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.end = open.end.max(node.span.end);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map(entries) => {
                if let Some(key) = open.key.take()
                    && open.seen.insert(key.text.clone())
                {
                    entries.push((key, node));
                }
            }
            _ => {}
        }
    }
}
