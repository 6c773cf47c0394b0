//! The built-in lessons as trees that were made when the program was built: reading their YAML at each start would take
//! longer than to build a container. Where a node stood in the file is not kept; a lesson with mistakes is read from its
//! YAML as any other.

use super::tree::{Content, Key, Node};

static LESSONS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lessons.ready"));

/// The tree of a built-in lesson, by its folder's name.
pub fn tree(folder: &str) -> Option<Node> {
    let mut rest = Rest(LESSONS);
    while !rest.0.is_empty() {
        let name = rest.text()?;
        let length = rest.number()?;
        let tree = rest.take(length)?;
        if name == folder {
            return Rest(tree).node();
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

    fn node(&mut self) -> Option<Node> {
        let content = match self.take(1)? {
            b"P" => Content::Text { text: self.text()?.to_owned(), plain: true },
            b"Q" => Content::Text { text: self.text()?.to_owned(), plain: false },
            b"L" => {
                let count = self.number()?;
                Content::List((0..count).map(|_| self.node()).collect::<Option<_>>()?)
            }
            b"M" => {
                let count = self.number()?;
                let entry = |_| Some((Key { text: self.text()?.to_owned(), span: 0..0 }, self.node()?));
                Content::Map((0..count).map(entry).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        Some(Node { id: 0, span: 0..0, content })
    }
}

#[cfg(test)]
mod tests {
    use super::super::load;
    use super::super::shelf::Shelf;

    #[test]
    fn every_built_in_lesson_is_ready_and_is_what_its_yaml_says() {
        let on_disk = Shelf::from_dir(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/lessons")));
        let on_disk = load::read(&on_disk.expect("a folder")).expect("lessons without mistakes");
        assert!(!on_disk.is_empty());
        for lesson in on_disk {
            let tree = super::tree(&lesson.folder).expect(&lesson.folder);
            let ready = super::super::decode::decode(&tree).expect(&lesson.folder);
            assert_eq!(lesson.lesson, ready, "{}", lesson.folder);
        }
    }
}
