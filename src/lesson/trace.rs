//! What a type takes at a place of its file, asked of its own derived code: a deserializer that has nothing to give, walks
//! to that place, and notes what it is asked for there. So there is no second description of a file's form.

use super::decode::Decoder;
use super::mistake::Mistake;
use super::tree::{Content, Node};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};

/// One step of the way to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Field(&'static str),
    /// A word of an enum, to what stands after it.
    Word(&'static str),
    /// Any element of a list.
    Element,
    /// Any value of a mapping whose names are free.
    Value,
}

/// What stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Bool,
    Number {
        least: i128,
        most: i128,
    },
    List,
    Map,
    Struct(&'static [&'static str]),
    Enum(&'static [&'static str]),
    Nothing,
    /// Whatever is there decides.
    Several,
}

/// Names of mappings that are facts, system calls, or anything: one of these is taken by each.
const NAMES: [&str; 2] = ["host.hostname", "mkdir"];

/// What `T` takes at this place.
pub fn kind<T: DeserializeOwned>(path: &[At]) -> Kind {
    for name in NAMES {
        let mut found = None;
        // It cannot succeed: nothing is given.
        let _ = T::deserialize(Walker { path, name, given: None, found: &mut found });
        if let Some(kind) = found {
            return kind;
        }
    }
    Kind::Several
}

/// The fields that must be there, of a struct at this place.
pub fn required<T: DeserializeOwned>(path: &[At]) -> Vec<&'static str> {
    let mut needed: Vec<&'static str> = Vec::new();
    for name in NAMES {
        loop {
            let mut found = None;
            let end = T::deserialize(Walker { path, name, given: Some(&needed), found: &mut found });
            match end.err().and_then(|mistake| mistake.missing).filter(|it| found.is_some() && !needed.contains(it)) {
                Some(field) => needed.push(field),
                None => break,
            }
        }
    }
    needed
}

struct Walker<'a> {
    path: &'a [At],
    /// Stands for the name in a mapping.
    name: &'static str,
    /// At the end of the way: these fields are given, each with anything as its value, to hear which one is missing.
    given: Option<&'a [&'static str]>,
    found: &'a mut Option<Kind>,
}

fn end() -> Mistake {
    Mistake::new("traced", "The place was reached".to_owned(), String::new())
}

impl<'a> Walker<'a> {
    fn is(self, kind: Kind) -> Mistake {
        if self.path.is_empty() {
            *self.found = Some(kind);
        }
        end()
    }

    /// One step on.
    fn on(self) -> Walker<'a> {
        Walker { path: self.path.get(1..).unwrap_or_default(), ..self }
    }
}

macro_rules! numbers {
    ($($method:ident $kind:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Mistake> {
            Err(self.is(Kind::Number { least: <$kind>::MIN.into(), most: <$kind>::MAX.into() }))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Walker<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Mistake> {
        Err(self.is(Kind::Several))
    }

    fn deserialize_str<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Mistake> {
        Err(self.is(Kind::Text))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Mistake> {
        Err(self.is(Kind::Bool))
    }

    numbers!(deserialize_i8 i8, deserialize_i16 i16, deserialize_i32 i32, deserialize_i64 i64);
    numbers!(deserialize_u8 u8, deserialize_u16 u16, deserialize_u32 u32, deserialize_u64 u64);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Mistake> {
        Err(self.is(Kind::Nothing))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.path {
            [At::Element, ..] => visitor.visit_seq(One(Some(self.on()))),
            _ => Err(self.is(Kind::List)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.path {
            [At::Value, ..] => visitor.visit_map(Entry { name: self.name, value: Some(self.on()) }),
            _ => Err(self.is(Kind::Map)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match (self.path, self.given) {
            ([At::Field(name), ..], _) => visitor.visit_map(Entry { name, value: Some(self.on()) }),
            ([], Some(given)) => {
                *self.found = Some(Kind::Struct(fields));
                visitor.visit_map(Given(given))
            }
            _ => Err(self.is(Kind::Struct(fields))),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match self.path {
            [At::Word(word), ..] => visitor.visit_enum(Word { word, after: self.on() }),
            _ => Err(self.is(Kind::Enum(words))),
        }
    }

    serde::forward_to_deserialize_any! { f32 f64 char bytes byte_buf unit_struct tuple tuple_struct identifier ignored_any }
}

/// A list of one element.
struct One<'a>(Option<Walker<'a>>);

impl<'de> de::SeqAccess<'de> for One<'_> {
    type Error = Mistake;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mistake> {
        self.0.take().map(|walker| seed.deserialize(walker)).transpose()
    }
}

/// A mapping of one entry.
struct Entry<'a> {
    name: &'static str,
    value: Option<Walker<'a>>,
}

impl<'de> de::MapAccess<'de> for Entry<'_> {
    type Error = Mistake;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mistake> {
        let name: StrDeserializer<'_, Mistake> = self.name.into_deserializer();
        seed.deserialize(name).map(Some)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Mistake> {
        self.value.take().map_or_else(|| Err(end()), |walker| seed.deserialize(walker))
    }
}

/// A mapping of fields whose values are anything.
struct Given<'a>(&'a [&'static str]);

/// Stands for any value.
static ANYTHING: Node = Node { id: 0, span: 0..0, content: Content::Anything };

impl<'de> de::MapAccess<'de> for Given<'_> {
    type Error = Mistake;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mistake> {
        let Some((name, rest)) = self.0.split_first() else { return Ok(None) };
        self.0 = rest;
        let name: StrDeserializer<'_, Mistake> = (*name).into_deserializer();
        seed.deserialize(name).map(Some)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Mistake> {
        seed.deserialize(Decoder { node: &ANYTHING })
    }
}

/// A word of an enum.
struct Word<'a> {
    word: &'static str,
    after: Walker<'a>,
}

impl<'de, 'a> de::EnumAccess<'de> for Word<'a> {
    type Error = Mistake;
    type Variant = Walker<'a>;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Walker<'a>), Mistake> {
        let word: StrDeserializer<'_, Mistake> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self.after))
    }
}

impl<'de> de::VariantAccess<'de> for Walker<'_> {
    type Error = Mistake;
    fn unit_variant(self) -> Result<(), Mistake> {
        Err(self.is(Kind::Nothing))
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Mistake> {
        seed.deserialize(self)
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Mistake> {
        Err(self.is(Kind::List))
    }
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Mistake> {
        de::Deserializer::deserialize_struct(self, "", fields, visitor)
    }
}
