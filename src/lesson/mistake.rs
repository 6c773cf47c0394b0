//! What can be wrong with one value, as serde reports it, with the node it is about and how to read on after it.

use super::tree::{Content, Key, Node};
use super::words::quoted;
use serde::de;
use std::fmt::{self, Display};
use std::ops::{Deref, DerefMut, Range};

/// A mistake within one value. In a box, since every step of reading returns one or a value.
#[derive(Clone, Debug)]
pub struct Mistake(Box<Details>);

#[derive(Clone, Debug)]
pub struct Details {
    pub code: &'static str,
    pub problem: String,
    pub expected: String,
    /// Set as soon as an error passes the node it is about.
    pub span: Option<Range<usize>>,
    /// How to mend the tree so that reading goes on.
    pub repair: Option<Mend>,
    /// It is about a node that was put in after an earlier mistake: nobody wrote it.
    pub invented: bool,
    /// The field that is not there.
    pub missing: Option<&'static str>,
}

/// What is done to which node.
#[derive(Clone, Debug)]
pub struct Mend {
    node: usize,
    how: Repair,
}

#[derive(Clone, Debug)]
pub enum Repair {
    /// The node becomes anything; an element of a list is taken out.
    Replace,
    /// The mapping loses this key.
    Remove(String),
    /// The mapping gets this key, with anything as its value.
    Add(&'static str),
}

impl Mistake {
    pub fn new(code: &'static str, problem: String, expected: String) -> Mistake {
        let (span, repair) = (None, None);
        Mistake(Box::new(Details { code, problem, expected, span, repair, invented: false, missing: None }))
    }

    pub fn spanning(mut self, span: Range<usize>) -> Mistake {
        self.span.get_or_insert(span);
        self
    }

    /// The first node that an error passes on its way out is the one it is about.
    pub fn at(mut self, node: &Node, how: &Repair) -> Mistake {
        if self.repair.is_none() {
            let how = self.missing.map_or_else(|| how.clone(), Repair::Add);
            self.repair = Some(Mend { node: node.id, how });
            self.invented = matches!(node.content, Content::Anything);
        }
        self.spanning(node.span.clone())
    }
}

impl Mend {
    /// Finds the node and mends it. False where there is no such node, or it is mended already.
    pub fn apply(&self, root: &mut Node) -> bool {
        if root.id == self.node {
            return self.mend(root);
        }
        match &mut root.content {
            Content::List(items) => {
                if matches!(self.how, Repair::Replace) && items.iter().any(|item| item.id == self.node) {
                    items.retain(|item| item.id != self.node);
                    return true;
                }
                items.iter_mut().any(|item| self.apply(item))
            }
            Content::Map(entries) => entries.iter_mut().any(|(_, value)| self.apply(value)),
            _ => false,
        }
    }

    fn mend(&self, node: &mut Node) -> bool {
        match (&self.how, &mut node.content) {
            (Repair::Replace, Content::Anything) => false,
            (Repair::Replace, content) => {
                *content = Content::Anything;
                true
            }
            (Repair::Remove(name), Content::Map(entries)) => {
                let before = entries.len();
                entries.retain(|(key, _)| key.text != *name);
                entries.len() < before
            }
            (Repair::Add(name), Content::Map(entries)) => {
                // No node of the file has this number.
                let stand_in = Node { id: 0, span: node.span.clone(), content: Content::Anything };
                entries.push((Key { text: (*name).to_owned(), span: node.span.clone() }, stand_in));
                true
            }
            _ => false,
        }
    }
}

impl Deref for Mistake {
    type Target = Details;
    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Mistake {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl Display for Mistake {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} (expected {})", self.problem, self.expected)
    }
}

impl std::error::Error for Mistake {}

impl de::Error for Mistake {
    /// A type's own words: "`x` is no error name: write it as …".
    fn custom<T: Display>(message: T) -> Mistake {
        let message = message.to_string();
        let (problem, expected) = message.split_once(": ").unwrap_or((&message, "another value"));
        Mistake::new("wrong-value", problem.to_owned(), expected.to_owned())
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Mistake {
        let have = match unexpected {
            de::Unexpected::Seq => "A list".to_owned(),
            de::Unexpected::Map => "A mapping".to_owned(),
            de::Unexpected::Unit | de::Unexpected::Option => "Nothing".to_owned(),
            other => format!("The {other}"),
        };
        Mistake::new("wrong-type", format!("{have} stands where {expected} belongs"), expected.to_string())
    }

    fn missing_field(field: &'static str) -> Mistake {
        let problem = format!("{} is missing", quoted(field));
        let mut mistake = Mistake::new("missing-field", problem, format!("`{field}: …`"));
        mistake.missing = Some(field);
        mistake
    }
}
