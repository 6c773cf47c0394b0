//! A file of the state directory as a whole: JSON, with the version of its form. It is changed under a lock, so that two
//! terminals do not lose what the other has just kept. One that is damaged, or that a later version has written, is kept
//! aside under a name of its own, and never overwritten. Nobody is stopped by such a file: what is wrong is a sentence.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Which file, and what is said where it cannot be used (`exercises start anew`) or written (`Progress is not kept`).
pub struct Document {
    pub file: Cow<'static, str>,
    pub version: u32,
    pub anew: &'static str,
    pub unkept: &'static str,
}

/// What was read.
enum Found<T> {
    Good(T),
    /// The word that it is kept aside by, and why.
    Bad(&'static str, String),
}

impl Document {
    /// Where it is kept; none where there is no state directory.
    pub fn path(&self) -> Option<PathBuf> {
        super::directory().map(|directory| directory.join(&*self.file))
    }

    /// What is kept; and a sentence where that cannot be read.
    pub fn load<T: Default + DeserializeOwned>(&self) -> (T, Option<String>) {
        let Some(path) = self.path() else { return (T::default(), None) };
        match self.read(&path) {
            Ok(Found::Good(content)) => (content, None),
            // Once more, alone: somebody may be at it, and what he has made anew is not to be kept aside.
            Ok(Found::Bad(..)) => {
                let _alone = lock(&path);
                self.read_or_keep_aside(&path)
            }
            Err(said) => (T::default(), Some(said)),
        }
    }

    /// Changes what is kept. A sentence where something cannot be read or kept.
    pub fn change<T>(&self, change: impl FnOnce(&mut T)) -> Option<String>
    where
        T: Clone + Default + PartialEq + Serialize + DeserializeOwned,
    {
        let Some(path) = self.path() else {
            change(&mut T::default());
            return Some(format!("{}: neither HOME nor XDG_STATE_HOME is set.", self.unkept));
        };
        let _alone = lock(&path);
        let (mut content, said) = self.read_or_keep_aside::<T>(&path);
        let before = content.clone();
        change(&mut content);
        // What could not be kept aside is not overwritten.
        if said.is_some() && path.exists() {
            return said;
        }
        if content == before && said.is_none() {
            return None;
        }
        let stored = super::replace(&path, &self.text(&content));
        let unkept = |error: std::io::Error| {
            let remedy = if error.kind() == ErrorKind::StorageFull { " Free some space there." } else { "" };
            format!("{}: {}: {error}.{remedy}", self.unkept, path.display())
        };
        stored.err().map(unkept).or(said)
    }

    fn read<T: Default + DeserializeOwned>(&self, path: &Path) -> Result<Found<T>, String> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Good(T::default())),
            Err(error) => return Err(format!("{} cannot be read: {error}.", path.display())),
        };
        // Files of the first Boxlab have no version.
        let value = serde_json::from_slice::<Value>(&bytes);
        if value.as_ref().is_ok_and(|it| it["version"].as_u64().is_some_and(|it| it > u64::from(self.version))) {
            return Ok(Found::Bad("newer", "a later version of Boxlab has written it".to_owned()));
        }
        Ok(match value.and_then(serde_json::from_value) {
            Ok(content) => Found::Good(content),
            Err(error) => Found::Bad("broken", error.to_string()),
        })
    }

    /// The version comes first. (`serde(flatten)` would read no map that has numbers for its keys.)
    fn text<T: Serialize>(&self, content: &T) -> String {
        let mut all = Map::from_iter([("version".to_owned(), self.version.into())]);
        if let Ok(Value::Object(content)) = serde_json::to_value(content) {
            all.extend(content);
        }
        serde_json::to_string_pretty(&all).unwrap_or_default()
    }

    fn read_or_keep_aside<T: Default + DeserializeOwned>(&self, path: &Path) -> (T, Option<String>) {
        let (word, why) = match self.read(path) {
            Ok(Found::Good(content)) => return (content, None),
            Ok(Found::Bad(word, why)) => (word, why),
            Err(said) => return (T::default(), Some(said)),
        };
        let aside = aside(path, word);
        let said = match std::fs::rename(path, &aside) {
            Ok(()) => format!("{} is kept aside ({why}); {}.", aside.display(), self.anew),
            Err(error) => format!("{} is not to be used ({why}), and cannot be kept aside: {error}.", path.display()),
        };
        (T::default(), Some(said))
    }
}

/// Alone with the state directory, until it is dropped: the directory itself is locked (flock(2)), so that no file is
/// needed for it, which a full disk would refuse. Where it cannot be locked, as on some network file systems, that is
/// no reason not to go on.
fn lock(path: &Path) -> Option<File> {
    let directory = path.parent()?;
    std::fs::create_dir_all(directory).ok()?;
    let directory = File::open(directory).ok()?;
    directory.lock().ok().map(|()| directory)
}

/// A name that nothing has.
fn aside(path: &Path, word: &str) -> PathBuf {
    let name = |number: u32| {
        path.with_extension(format!("json.{word}{}", if number > 1 { number.to_string() } else { String::new() }))
    };
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| path.to_owned())
}
