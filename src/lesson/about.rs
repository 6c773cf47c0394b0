//! What a folder of lessons says of itself: `course.yaml` beside the lessons. With one it is a course of its own, whose
//! progress is kept apart; without one it is an edition of the built-in course.

use super::diagnostic::{Diagnostic, Source};
use super::fields::fields_of;
use super::file;
use super::found::Found;
use super::reader::{Fields, line, value};
use super::tree;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Its name in the folder.
pub const FILE: &str = "course.yaml";

/// A course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// By which its progress is kept: small letters, digits, hyphens.
    pub id: String,
    pub title: String,
    /// The oldest version of Boxlab that has all that its lessons use: `0.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boxlab: Option<String>,
}

/// Reads it, where there is one. Errors: all that is wrong with it; if it needs a newer Boxlab only that.
pub fn read(folder: &Path, shown: &Path) -> Result<Option<About>, Vec<Diagnostic>> {
    let (path, shown) = (folder.join(FILE), shown.join(FILE).display().to_string());
    if !path.exists() {
        return Ok(None);
    }
    let source = file::read(folder, &path, &shown).map_err(|mistake| vec![mistake])?;
    let mut found = Found::new(&source);
    let about = parse(&source, &mut found);
    match about {
        Some(about) if found.is_empty() => Ok(Some(about)),
        _ => Err(found.finish()),
    }
}

fn parse(source: &std::sync::Arc<Source>, found: &mut Found) -> Option<About> {
    let root = tree::parse(source, found)?;
    // First of all: what a newer one may say here is not known.
    if let Some(node) = root.get("boxlab") {
        let version: String = value(node, found)?;
        let own = env!("CARGO_PKG_VERSION");
        match (numbers(&version), numbers(own)) {
            (Some(needed), Some(have)) if needed > have => {
                let problem = format!("This course needs Boxlab {version} or later, and this is {own}");
                found.push(
                    node.span.clone(),
                    "newer-boxlab",
                    problem,
                    "a newer Boxlab: cargo install boxlab, or its repository",
                );
                return None;
            }
            (None, _) => {
                let problem = format!("`{version}` is no version");
                found.push(node.span.clone(), "version", problem, "numbers with dots between them, as in `0.1`");
            }
            _ => {}
        }
    }
    let mut fields = Fields::of(&root, "course", fields_of::<About>(), found)?;
    let id = fields.required("id", value::<String>);
    let title = fields.required("title", line);
    let boxlab = fields.optional("boxlab", value::<String>).value().cloned();
    let id = id.get()?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.value.is_empty() || id.value.len() > 40 || !id.value.chars().all(plain) {
        let problem = format!("`{}` cannot be a course's id", super::diagnostic::clip(&id.value, 60));
        found.push(id.span.clone(), "course-id", problem, "at most 40 small letters, digits and hyphens");
    }
    Some(About { id: id.value.clone(), title: title.value()?.clone(), boxlab })
}

/// `0.10.2` as something that can be compared; what is left out counts as 0.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let mut all = [0; 3];
    for (at, part) in version.split('.').enumerate() {
        *all.get_mut(at)? = part.parse().ok()?;
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(numbers("0.10") > numbers("0.9.9"));
        assert_eq!(numbers("1"), numbers("1.0.0"));
        assert_eq!(numbers("1.0.0.0"), None);
        assert_eq!(numbers("new"), None);
    }
}
