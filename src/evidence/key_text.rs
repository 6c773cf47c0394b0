//! The text form of facts' keys, as lessons and records write them: `ns.uts`, `mount./proc`, `group.box.pids.max`.

use super::fact::Key;
use std::str::FromStr;

impl std::fmt::Display for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Mount(path) => write!(out, "mount.{path}"),
            Key::File(path) => write!(out, "file.{path}"),
            Key::Link(name) => write!(out, "link.{name}"),
            Key::Address(link) => write!(out, "address.{link}"),
            Key::Route(to) => write!(out, "route.{to}"),
            Key::Neighbour(address) => write!(out, "neighbour.{address}"),
            Key::Nft(chain) => write!(out, "nft.{chain}"),
            Key::Group(key) => key.fmt(out),
            Key::Bytes(path) => write!(out, "bytes.{path}"),
            Key::Attributes(path) => write!(out, "attributes.{path}"),
            Key::Line(path) => write!(out, "line.{path}"),
            plain => {
                let (text, _) = Key::PLAIN.iter().find(|(_, key)| key == plain).ok_or(std::fmt::Error)?;
                out.write_str(text)
            }
        }
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Key, String> {
        for (prefix, make) in [
            ("mount.", Key::Mount as fn(String) -> Key),
            ("file.", Key::File),
            ("line.", Key::Line),
            ("bytes.", Key::Bytes),
            ("attributes.", Key::Attributes),
        ] {
            if let Some(path) = text.strip_prefix(prefix) {
                return if path.starts_with('/') {
                    Ok(make(path.to_owned()))
                } else {
                    Err(format!("`{text}`: a path follows the dot, and it starts with `/`"))
                };
            }
        }
        if let Some(rest) = text.strip_prefix("group.") {
            return rest.parse().map(Key::Group);
        }
        for (prefix, make) in [
            ("link.", Key::Link as fn(String) -> Key),
            ("address.", Key::Address),
            ("route.", Key::Route),
            ("neighbour.", Key::Neighbour),
            ("nft.", Key::Nft),
        ] {
            if let Some(name) = text.strip_prefix(prefix).filter(|name| !name.is_empty()) {
                return Ok(make(name.to_owned()));
            }
        }
        Key::PLAIN
            .iter()
            .find(|(form, _)| *form == text)
            .map(|(_, key)| key.clone())
            .ok_or_else(|| format!("`{text}` is no fact that Boxlab reads"))
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        key.to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = String;
    fn try_from(text: String) -> Result<Key, String> {
        text.parse()
    }
}
