//! The form of lesson files as a JSON Schema (draft 7), by which editors complete and check while one types. There is no list
//! of it beside the model: `trace` asks the model's own derived code what stands where, place by place, and this file writes
//! it down. The linter knows more than a form can say.

use super::form::form;
use super::trace::{At, Kind, kind, required};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// What stands after `do:`.
const OPERATION: &str = "operation";

/// The schema of a file that is read into `T`.
pub fn schema<T: DeserializeOwned>(title: &str) -> Value {
    let mut shared = Map::new();
    let mut schema = value::<T>(&[], &mut shared);
    if let Value::Object(fields) = &mut schema {
        fields.insert("definitions".to_owned(), Value::Object(shared));
        fields.insert("title".to_owned(), json!(title));
        fields.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    }
    schema
}

/// `shared` are the forms that stand at several places: that of an operation, which is most of all.
fn value<T: DeserializeOwned>(path: &[At], shared: &mut Map<String, Value>) -> Value {
    let mut below = |at: At| value::<T>(&[path, &[at]].concat(), shared);
    match kind::<T>(path) {
        // In YAML a word without quotes may look like a number, or like yes and no: it is taken as a text here.
        Kind::Text => json!({ "type": ["string", "number", "boolean"] }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Number { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::List => json!({ "type": "array", "items": below(At::Element) }),
        Kind::Map => json!({ "type": "object", "additionalProperties": below(At::Value) }),
        Kind::Struct(fields) => object::<T>(path, fields, shared),
        Kind::Enum(words) => choice::<T>(path, words, shared),
        Kind::Nothing => json!({ "type": "null" }),
        // A short form and a long one, told apart by code.
        Kind::Several => json!({ "type": ["string", "array", "object"] }),
    }
}

fn object<T: DeserializeOwned>(path: &[At], fields: &'static [&'static str], shared: &mut Map<String, Value>) -> Value {
    let needed = required::<T>(path);
    let mut properties = Map::new();
    for field in fields {
        let place = [path, &[At::Field(field)]].concat();
        if *field == "do" {
            if !shared.contains_key(OPERATION) {
                let operation = value::<T>(&place, shared);
                shared.insert(OPERATION.to_owned(), operation);
            }
            properties.insert((*field).to_owned(), json!({ "$ref": format!("#/definitions/{OPERATION}") }));
            continue;
        }
        let mut schema = value::<T>(&place, shared);
        if let (Value::Object(about), words) = (&mut schema, form(field))
            && words != form("")
            && path.len() < 3
        {
            about.insert("description".to_owned(), json!(words));
        }
        properties.insert((*field).to_owned(), schema);
    }
    json!({ "type": "object", "properties": properties, "required": needed, "additionalProperties": false })
}

/// A word alone, or a word with what it acts on.
fn choice<T: DeserializeOwned>(path: &[At], words: &'static [&'static str], shared: &mut Map<String, Value>) -> Value {
    let (mut alone, mut with) = (Vec::new(), Vec::new());
    for word in words {
        let place = [path, &[At::Word(word)]].concat();
        match kind::<T>(&place) {
            Kind::Nothing => alone.push(*word),
            _ => with.push(json!({
                "type": "object",
                "properties": { *word: value::<T>(&place, shared) },
                "required": [word],
                "additionalProperties": false,
            })),
        }
    }
    if with.is_empty() {
        return json!({ "enum": alone });
    }
    if !alone.is_empty() {
        with.insert(0, json!({ "enum": alone }));
    }
    json!({ "anyOf": with })
}
