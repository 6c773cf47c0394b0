//! What a lesson builds, to take home: as a shell script, a Rust program or an OCI bundle that does the same without Boxlab.
//! All are written from the lesson's operations (`acts`), none by hand; what a form cannot say, it says that it cannot.
//! This room runs nothing. It makes files in memory, and `write` puts them into an empty folder.

pub mod acts;
pub mod oci;
pub mod rust;
pub mod shell;
pub mod write;

/// One file of an export, or a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Below the export's folder.
    pub path: String,
    pub mode: u32,
    pub content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Bytes(Vec<u8>),
    /// This program: a static one, with the tools of a box.
    OwnProgram,
    Directory,
    /// A symbolic link to this.
    Link(String),
}

impl File {
    pub fn text(path: &str, text: String) -> File {
        File { path: path.to_owned(), mode: 0o644, content: Content::Bytes(text.into_bytes()) }
    }

    pub fn script(path: &str, text: String) -> File {
        File { mode: 0o755, ..File::text(path, text) }
    }
}
