//! What the checker knows of a language: how a program in it is built and started, which program that takes, and which
//! files every starter has. It stands in `languages.yaml` beside the exercises; an attempt's own `boxlab.yaml` has the last
//! word, so any other language will do as well.

use super::load;
use super::shelf::Shelf;
use crate::lesson::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Nothing is built where it is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub build: Vec<String>,
    pub run: Vec<String>,
    /// A program without which it cannot be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<String>,
}

/// The name for a language of one's own.
pub const ANY: &str = "any";

/// All that are known.
pub fn all(shelf: &Shelf) -> Result<BTreeMap<String, Language>, Vec<Diagnostic>> {
    load::yaml(shelf, "languages.yaml")
}

/// Why a language cannot be used here: a sentence.
pub fn lacks(name: &str, language: &Language) -> Option<String> {
    let program = language.needs.as_deref()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| {
        let path = folder.join(program);
        nix::unistd::access(&path, nix::unistd::AccessFlags::X_OK).is_ok() && path.is_file()
    });
    (!found).then(|| format!("There is no `{program}` on the PATH, which a solution in {name} needs."))
}
