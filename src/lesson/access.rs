//! The elements of a list, the pairs of a mapping and the chosen word of an enum, handed to serde one by one.
//! An error that comes out of one of them is about that one: here it gets to know its node. Reading itself is in `decode`.

use super::decode::Decoder;
use super::mistake::{Mistake, Repair};
use super::tree::{Key, Node};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};
use std::slice::Iter;

pub(super) struct Elements<'a>(pub Iter<'a, Node>);

impl<'de> de::SeqAccess<'de> for Elements<'_> {
    type Error = Mistake;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mistake> {
        let read = |node| seed.deserialize(Decoder { node }).map_err(|mistake| mistake.at(node, &Repair::Replace));
        self.0.next().map(read).transpose()
    }
}

pub(super) struct Pairs<'a> {
    pub rest: Iter<'a, (Key, Node)>,
    pub value: Option<&'a Node>,
}

impl<'de> de::MapAccess<'de> for Pairs<'_> {
    type Error = Mistake;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mistake> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        let text: StrDeserializer<'_, Mistake> = key.text.as_str().into_deserializer();
        seed.deserialize(text).map(Some).map_err(|mistake| mistake.spanning(key.span.clone()))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Mistake> {
        let node = self.value.take().ok_or_else(|| de::Error::custom("A value was asked for before its key"))?;
        seed.deserialize(Decoder { node }).map_err(|mistake| mistake.at(node, &Repair::Replace))
    }
}

/// A word of an enum and what stands after it.
pub(super) struct Choice<'a> {
    pub word: &'a str,
    pub node: &'a Node,
    pub value: Option<&'a Node>,
}

impl<'a> Choice<'a> {
    fn arguments(&self) -> Result<Decoder<'a>, Mistake> {
        self.value.map(|node| Decoder { node }).ok_or_else(|| {
            let problem = format!("`{}` stands alone, without what it acts on", self.word);
            Mistake::new("no-arguments", problem, format!("`{{ {}: … }}`", self.word)).at(self.node, &Repair::Replace)
        })
    }
}

impl<'de> de::EnumAccess<'de> for Choice<'_> {
    type Error = Mistake;
    type Variant = Self;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Mistake> {
        let word: StrDeserializer<'_, Mistake> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Choice<'_> {
    type Error = Mistake;
    fn unit_variant(self) -> Result<(), Mistake> {
        match self.value {
            Some(value) if !value.is_nothing() => {
                Err(Decoder { node: value }.wrong("nothing", format!("`{}` alone", self.word)))
            }
            _ => Ok(()),
        }
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Mistake> {
        seed.deserialize(self.arguments()?)
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        de::Deserializer::deserialize_seq(self.arguments()?, visitor)
    }
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Mistake> {
        de::Deserializer::deserialize_struct(self.arguments()?, "", fields, visitor)
    }
}
