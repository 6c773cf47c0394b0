//! What is kept of exercises: for each the folder, the hints taken, how often it was checked, and when it passed.
//! A file that is damaged, or that a later version has written, is kept aside under a name of its own, and never
//! overwritten.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The form of the file.
const VERSION: u32 = 1;

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exercises {
    version: u32,
    #[serde(default)]
    pub exercises: BTreeMap<String, Kept>,
}

/// One exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The folder that was started last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// In seconds since 1970, as all times here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
    #[serde(default)]
    pub checks: u32,
    #[serde(default)]
    pub hints: usize,
    /// When it passed for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<u64>,
    /// The solution was looked at before it passed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gave_up: bool,
}

impl Default for Exercises {
    fn default() -> Exercises {
        Exercises { version: VERSION, exercises: BTreeMap::new() }
    }
}

impl Exercises {
    pub fn of(&self, id: &str) -> Kept {
        self.exercises.get(id).cloned().unwrap_or_default()
    }
}

/// Now, as it is kept.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

fn path() -> Option<PathBuf> {
    super::directory().map(|directory| directory.join("exercises.json"))
}

/// What is kept; and a sentence where that cannot be read.
pub fn load() -> (Exercises, Option<String>) {
    let Some(path) = path() else { return (Exercises::default(), None) };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Exercises::default(), None),
        Err(error) => return (Exercises::default(), Some(format!("{} cannot be read: {error}.", path.display()))),
    };
    let version = serde_json::from_slice::<serde_json::Value>(&bytes).ok().and_then(|it| it["version"].as_u64());
    let (word, why) = match (version, serde_json::from_slice::<Exercises>(&bytes)) {
        (Some(version), _) if version > u64::from(VERSION) => {
            ("newer", "a later version of Boxlab has written it".to_owned())
        }
        (_, Ok(kept)) => return (kept, None),
        (_, Err(error)) => ("broken", error.to_string()),
    };
    let aside = aside(&path, word);
    let said = match std::fs::rename(&path, &aside) {
        Ok(()) => format!("{} is kept aside ({why}); exercises start anew.", aside.display()),
        Err(error) => format!("{} is not to be used ({why}), and cannot be kept aside: {error}.", path.display()),
    };
    (Exercises::default(), Some(said))
}

/// A name that nothing has.
fn aside(path: &Path, word: &str) -> PathBuf {
    let name = |number: u32| {
        path.with_extension(format!("json.{word}{}", if number > 1 { number.to_string() } else { String::new() }))
    };
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| path.to_owned())
}

/// Changes what is kept of one exercise. A sentence where something cannot be read or kept: that stops nobody.
pub fn change(id: &str, change: impl FnOnce(&mut Kept)) -> Option<String> {
    let (mut all, said) = load();
    let kept = all.exercises.entry(id.to_owned()).or_default();
    let before = kept.clone();
    change(kept);
    if *kept == before && said.is_none() {
        return None;
    }
    let Some(path) = path() else {
        return Some("Nothing of this is kept: neither HOME nor XDG_STATE_HOME is set.".to_owned());
    };
    // What could not be kept aside is not overwritten.
    if path.exists() && said.is_some() {
        return said;
    }
    let text = serde_json::to_string_pretty(&all).unwrap_or_default();
    let stored = super::replace(&path, &text);
    stored.err().map(|error| format!("Nothing of this is kept: {}: {error}.", path.display())).or(said)
}
