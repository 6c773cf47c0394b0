//! A validator of JSON Schema for tests: the words of draft 7 that Boxlab's own schemas use, and no other one is let pass.

use serde_json::Value;

/// YAML as an editor reads it, for whom a word without quotes may be a number.
pub fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

/// All that does not fit, with its place.
pub fn check(schema: &Value, value: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    at("", (schema, schema), value, &mut wrong);
    wrong
}

/// `root` is where references begin.
fn at(place: &str, (root, schema): (&Value, &Value), value: &Value, wrong: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let path = name.strip_prefix('#').expect("a reference into the same file");
        let form = root.pointer(path).unwrap_or_else(|| panic!("there is no {name}"));
        return at(place, (root, form), value, wrong);
    }
    for (word, rule) in schema.as_object().expect("a schema is an object") {
        let mut not = |what: String| wrong.push(format!("{place}: {what}"));
        match word.as_str() {
            "$schema" | "title" | "description" | "definitions" | "required" | "additionalProperties" => {}
            "type" => {
                let types: Vec<&str> = match rule {
                    Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
                    one => one.as_str().into_iter().collect(),
                };
                if !types.iter().any(|name| is(value, name)) {
                    not(format!("{value} is no {types:?}"));
                }
            }
            "enum" => {
                if !rule.as_array().expect("a list").contains(value) {
                    not(format!("{value} is none of {rule}"));
                }
            }
            "minimum" | "maximum" => {
                if let (Some(number), Some(bound)) = (value.as_f64(), rule.as_f64()) {
                    let fits = if word == "minimum" { number >= bound } else { number <= bound };
                    if !fits {
                        not(format!("{number} is beyond the {word} {bound}"));
                    }
                }
            }
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    at(&format!("{place}/{number}"), (root, rule), item, wrong);
                }
            }
            "anyOf" => {
                let fits = |it: &Value| {
                    let mut wrong = Vec::new();
                    at("", (root, it), value, &mut wrong);
                    wrong.is_empty()
                };
                if !rule.as_array().expect("a list").iter().any(fits) {
                    not(format!("{value} fits none of the forms"));
                }
            }
            "properties" => {}
            other => panic!("the test does not know `{other}`"),
        }
    }
    let Some(entries) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !entries.contains_key(name) {
            wrong.push(format!("{place}: {name} is missing"));
        }
    }
    for (name, value) in entries {
        let place = format!("{place}/{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(rule), _) => at(&place, (root, rule), value, wrong),
            (None, Value::Bool(false)) => wrong.push(format!("{place} is no field here")),
            (None, rule @ Value::Object(_)) => at(&place, (root, rule), value, wrong),
            (None, _) => {}
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("the test does not know the type `{other}`"),
    }
}
