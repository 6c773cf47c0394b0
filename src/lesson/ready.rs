//! The built-in lessons as trees that were made when the program was built: reading their YAML at each start would take
//! longer than to build a container. Where a node stood in the file is not kept; a lesson with mistakes is read from its
//! YAML as any other.

use super::tree::{Content, Key, Node};

static LESSONS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lessons.ready"));

/// What is only to be read or checked: its texts, which must be there, and what may be left out.
const TEXTS: [&str; 6] = ["title", "misconception", "intro", "summary", "say", "why"];
const CHECKED: [&str; 6] = ["predict", "look", "expect", "output", "manual", "notes"];

/// The tree of a built-in lesson, by its folder's name; `bare` is without what is not done but read or checked.
pub fn tree(folder: &str, bare: bool) -> Option<Node> {
    let mut rest = Rest(LESSONS);
    while !rest.0.is_empty() {
        let name = rest.text()?;
        let length = rest.number()?;
        let tree = rest.take(length)?;
        if name == folder {
            return Rest(tree).node(bare);
        }
    }
    None
}

/// What is still to be read.
struct Rest(&'static [u8]);

impl Rest {
    fn take(&mut self, length: usize) -> Option<&'static [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn text(&mut self) -> Option<&'static str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// Goes over a value.
    fn skip(&mut self) -> Option<()> {
        match self.take(1)? {
            b"P" | b"Q" => self.text().map(drop),
            b"L" => (0..self.number()?).try_for_each(|_| self.skip()),
            b"M" => (0..self.number()?).try_for_each(|_| self.text().and_then(|_| self.skip())),
            _ => None,
        }
    }

    fn node(&mut self, bare: bool) -> Option<Node> {
        let content = match self.take(1)? {
            b"P" => Content::Text { text: self.text()?.to_owned(), plain: true },
            b"Q" => Content::Text { text: self.text()?.to_owned(), plain: false },
            b"L" => {
                let count = self.number()?;
                Content::List((0..count).map(|_| self.node(bare)).collect::<Option<_>>()?)
            }
            b"M" => {
                let count = self.number()?;
                let mut entries = Vec::with_capacity(count);
                for _ in 0..count {
                    let name = self.text()?;
                    let content = if bare && CHECKED.contains(&name) {
                        self.skip()?;
                        continue;
                    } else if bare && name == "docker" {
                        self.skip()?;
                        Content::List(Vec::new())
                    } else if bare && TEXTS.contains(&name) {
                        self.skip()?;
                        Content::Text { text: String::new(), plain: false }
                    } else {
                        // An operation may call its own arguments so.
                        self.node(bare && name != "do")?.content
                    };
                    let key = Key { text: name.to_owned(), span: 0..0 };
                    entries.push((key, Node { id: 0, span: 0..0, content }));
                }
                Content::Map(entries)
            }
            _ => return None,
        };
        Some(Node { id: 0, span: 0..0, content })
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::super::load;
    use super::super::model::{Lesson, Step};
    use super::super::shelf::Shelf;

    #[test]
    fn every_built_in_lesson_is_ready_and_is_what_its_yaml_says() {
        let on_disk = Shelf::from_dir(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/lessons")));
        let on_disk = load::read(&on_disk.expect("a folder")).expect("lessons without mistakes");
        assert!(!on_disk.is_empty());
        for lesson in on_disk {
            let tree = super::tree(&lesson.folder, false).expect(&lesson.folder);
            let mut ready: Lesson = decode(&tree).expect(&lesson.folder);
            // What it needs for the steps that it repeats is known once all lessons are read.
            assert!(lesson.lesson.needs.starts_with(&ready.needs), "{}", lesson.folder);
            ready.needs.clone_from(&lesson.lesson.needs);
            assert_eq!(lesson.lesson, ready, "{}", lesson.folder);
            let bare: Lesson = decode(&super::tree(&lesson.folder, true).expect("a tree")).expect("a lesson");
            assert_eq!(bare.steps.len(), ready.steps.len());
            for (bare, ready) in bare.steps.iter().zip(&ready.steps) {
                assert_eq!((&bare.actor, &bare.operation, &bare.needs), (&ready.actor, &ready.operation, &ready.needs));
                let marks = |it: &Step| (it.deeper, it.detour, it.rootfs, it.fails);
                assert_eq!(marks(bare), marks(ready));
            }
        }
    }
}
