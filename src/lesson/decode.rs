//! A node of the tree as a value of Rust: a serde deserializer whose errors know the node they are about.
//! After a mistake the node is mended and read again, so that all mistakes of one value are found, not only the first.
//! It knows the names of the enums, for messages, and nothing else of lessons.

use super::access::{Choice, Elements, Pairs};
use super::diagnostic::clip;
use super::mistake::{Mistake, Repair};
use super::tree::{Content, Node};
use super::words::{instead, quoted};
use serde::de::{self, DeserializeOwned, Visitor};

/// So many mistakes in one value, and reading it again and again ends.
const MOST: usize = 20;

/// Reads a value, or names all that is wrong with it.
pub fn decode<T: DeserializeOwned>(node: &Node) -> Result<T, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut mended: Option<Node> = None;
    loop {
        match T::deserialize(Decoder { node: mended.as_ref().unwrap_or(node) }) {
            Ok(value) if mistakes.is_empty() => return Ok(value),
            Ok(_) => return Err(mistakes),
            Err(mistake) => {
                let mistake = mistake.at(mended.as_ref().unwrap_or(node), &Repair::Replace);
                let repair = mistake.repair.clone();
                if !mistake.invented {
                    mistakes.push(mistake);
                }
                let work = mended.get_or_insert_with(|| node.clone());
                if mistakes.is_empty() || mistakes.len() >= MOST || !repair.is_some_and(|repair| repair.apply(work)) {
                    return Err(mistakes);
                }
            }
        }
    }
}

/// The code and the noun for a word that an enum does not have.
fn word_kind(name: &str) -> (&'static str, &'static str) {
    match name {
        "Operation" => ("unknown-operation", "operation"),
        "Namespace" => ("unknown-namespace", "kind of namespace"),
        "MountFlag" => ("unknown-mount-flag", "mount flag"),
        "PropagationType" => ("unknown-propagation", "kind of propagation"),
        "Program" => ("unknown-program", "program that Boxlab brings"),
        "Part" => ("unknown-part", "part of the course"),
        "Draw" => ("unknown-drawing", "drawing that Boxlab makes"),
        "Need" => ("unknown-need", "need that Boxlab can find out"),
        _ => ("unknown-word", "word that belongs here"),
    }
}

/// The deserializer itself.
#[derive(Clone, Copy)]
pub(super) struct Decoder<'a> {
    pub node: &'a Node,
}

impl<'a> Decoder<'a> {
    pub fn wrong(&self, belongs: &str, expected: impl Into<String>) -> Mistake {
        let problem = format!("{} stands where {belongs} belongs", self.node.described());
        Mistake::new("wrong-type", capital(&problem), expected.into()).at(self.node, &Repair::Replace)
    }

    fn text(&self, expected: &str) -> Result<&'a str, Mistake> {
        match &self.node.content {
            Content::Anything => Ok(""),
            Content::Text { text, .. } if !self.node.is_nothing() => Ok(text),
            _ => Err(self.wrong(expected, expected)),
        }
    }

    /// A number of any kind; quotes make it a text.
    fn number<T: std::str::FromStr>(&self, what: String) -> Result<T, Mistake> {
        let Content::Text { text, plain: true } = &self.node.content else {
            let text = if matches!(self.node.content, Content::Anything) { "0".parse().ok() } else { None };
            return text.ok_or_else(|| self.wrong("a number", what));
        };
        text.parse().map_err(|_| self.wrong("a number", what))
    }

    fn unknown(
        &self,
        span: std::ops::Range<usize>,
        enumeration: &str,
        word: &str,
        known: &'static [&'static str],
    ) -> Mistake {
        let (code, noun) = word_kind(enumeration);
        let version = env!("CARGO_PKG_VERSION");
        let problem = match code {
            "unknown-operation" => format!("Boxlab {version} has no operation {}", quoted(word)),
            "unknown-need" if matches!(word, "root" | "privileged") => {
                let problem = "No lesson gets root of the machine".to_owned();
                let expected = "nothing: the lab host has a root of its own, and no lesson needs another".to_owned();
                let mistake = Mistake::new(code, problem, expected).spanning(span);
                return mistake.at(self.node, &Repair::Replace);
            }
            _ => format!("{} is no {noun}", quoted(word)),
        };
        Mistake::new(code, problem, instead(word, known.iter().copied())).spanning(span).at(self.node, &Repair::Replace)
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

macro_rules! numbers {
    ($($method:ident $visit:ident $kind:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
            let what = format!("a whole number from {} to {}", <$kind>::MIN, <$kind>::MAX);
            visitor.$visit(self.number::<$kind>(what)?).map_err(|mistake: Mistake| mistake.at(self.node, &Repair::Replace))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Decoder<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.content {
            Content::List(_) => self.deserialize_seq(visitor),
            Content::Map(_) => self.deserialize_map(visitor),
            _ => self.deserialize_str(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let text = self.text("a text")?;
        visitor.visit_str(text).map_err(|mistake: Mistake| mistake.at(self.node, &Repair::Replace))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.content {
            Content::Anything => visitor.visit_bool(false),
            Content::Text { text, plain: true } if text == "true" => visitor.visit_bool(true),
            Content::Text { text, plain: true } if text == "false" => visitor.visit_bool(false),
            _ => Err(self.wrong("yes or no", "`true` or `false`, without quotes")),
        }
    }

    numbers!(deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64);
    numbers!(deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64);

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_f64(self.number("a number".to_owned())?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.node.content {
            Content::Anything => visitor.visit_none(),
            _ if self.node.is_nothing() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
        .map_err(|mistake: Mistake| mistake.at(self.node, &Repair::Replace))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let items = match &self.node.content {
            Content::List(items) => items.as_slice(),
            Content::Anything => &[],
            Content::Text { text, .. } if !self.node.is_nothing() => {
                return Err(self.wrong("a list", format!("a list: `[{}]`", clip(text, 40))));
            }
            _ => return Err(self.wrong("a list", "a list, in brackets or with a `- ` before each value")),
        };
        visitor.visit_seq(Elements(items.iter())).map_err(|mistake: Mistake| mistake.at(self.node, &Repair::Replace))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let entries = match &self.node.content {
            Content::Map(entries) => entries.as_slice(),
            Content::Anything => &[],
            _ => return Err(self.wrong("a mapping", "names and values: `name: value`")),
        };
        visitor
            .visit_map(Pairs { rest: entries.iter(), value: None })
            .map_err(|mistake: Mistake| mistake.at(self.node, &Repair::Replace))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        if !matches!(self.node.content, Content::Map(_) | Content::Anything) {
            return Err(self.wrong("a mapping", format!("a mapping with the fields {}", fields.join(", "))));
        }
        for (key, _) in self.node.entries() {
            if !fields.contains(&key.text.as_str()) {
                let problem = format!("{} is no field here", quoted(&key.text));
                let mistake = Mistake::new("unknown-field", problem, instead(&key.text, fields.iter().copied()));
                return Err(mistake.spanning(key.span.clone()).at(self.node, &Repair::Remove(key.text.clone())));
            }
        }
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let (word, span, value) = match &self.node.content {
            Content::Anything => (variants.first().copied().unwrap_or_default(), self.node.span.clone(), None),
            Content::Text { text, .. } if !self.node.is_nothing() => (text.as_str(), self.node.span.clone(), None),
            Content::Map(entries) => match entries.as_slice() {
                [(key, value)] => (key.text.as_str(), key.span.clone(), Some(value)),
                [] => return Err(self.wrong(word_kind(name).1, format!("one of: {}", variants.join(", ")))),
                [_, (second, _), ..] => {
                    let problem = format!("A second {} stands here: {}", word_kind(name).1, quoted(&second.text));
                    let mistake = Mistake::new(
                        "more-than-one",
                        problem,
                        "one alone; another belongs into a step of its own".into(),
                    );
                    return Err(mistake
                        .spanning(second.span.clone())
                        .at(self.node, &Repair::Remove(second.text.clone())));
                }
            },
            _ => return Err(self.wrong(word_kind(name).1, format!("one of: {}", variants.join(", ")))),
        };
        if !variants.contains(&word) {
            return Err(self.unknown(span, name, word, variants));
        }
        visitor
            .visit_enum(Choice { word, node: self.node, value })
            .map_err(|mistake: Mistake| mistake.at(self.node, &Repair::Replace))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { f32 char bytes byte_buf unit unit_struct tuple tuple_struct identifier }
}
