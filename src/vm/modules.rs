//! The modules that lessons need, each after those it depends on.
//! A folder of modules has an index, `modules.dep`, once depmod(8) was there; a package that was only unpacked has none,
//! and the files themselves say what they depend on.

use super::module_file;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// File systems, links and filters of the lessons. Which of them a kernel has built in differs.
pub const WANTED: [&str; 11] = [
    "overlay",
    "veth",
    "bridge",
    "af_packet",
    "crc32c_generic",
    "nf_tables",
    "nf_nat",
    "nft_chain_nat",
    "nft_nat",
    "nft_masq",
    "nft_fib_ipv4",
];

/// The modules of one kernel.
pub struct Folder {
    path: PathBuf,
    files: BTreeMap<String, PathBuf>,
}

/// A module as the guest loads it.
pub struct Module {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What the folder gave.
#[derive(Default)]
pub struct Found {
    pub modules: Vec<Module>,
    /// What could not be taken: a sentence each.
    pub notes: Vec<String>,
}

impl Folder {
    /// Errors: it cannot be read, or there is no module in it.
    pub fn open(path: &Path) -> std::io::Result<Folder> {
        let index = std::fs::read_to_string(path.join("modules.dep")).unwrap_or_default();
        let mut files: Vec<PathBuf> =
            index.lines().filter_map(|line| line.split_once(':')).map(|(file, _)| path.join(file)).collect();
        if files.is_empty() {
            gather(path, &mut files)?;
        }
        let files: BTreeMap<_, _> =
            files.into_iter().filter_map(|file| Some((module_file::name(&file)?, file))).collect();
        if files.is_empty() {
            return Err(std::io::Error::new(std::io::ErrorKind::NotFound, "there is no kernel module in it"));
        }
        Ok(Folder { path: path.to_owned(), files })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The wanted ones and those that they depend on, in the order in which they are to be loaded. What is not in the
    /// folder is taken to be built in: if it is not, the lesson that needs it says so.
    pub fn load(&self, wanted: &[&str]) -> Found {
        let mut found = Found::default();
        let mut seen = BTreeSet::new();
        for name in wanted {
            self.add(name, &mut seen, &mut found);
        }
        found
    }

    fn add(&self, name: &str, seen: &mut BTreeSet<String>, found: &mut Found) {
        let Some(file) = self.files.get(name).filter(|_| seen.insert(name.to_owned())) else { return };
        match module_file::read(file) {
            Ok(bytes) => {
                for before in module_file::depends(&bytes) {
                    self.add(&before, seen, found);
                }
                found.modules.push(Module { name: name.to_owned(), bytes });
            }
            Err(error) => found.notes.push(format!("The module {} cannot be read: {error}.", file.display())),
        }
    }

    /// The kernel that its modules were built for; all of a folder are for the same.
    pub fn built_for(&self) -> Option<String> {
        let file = WANTED.iter().find_map(|name| self.files.get(*name)).or_else(|| self.files.values().next())?;
        module_file::built_for(&module_file::read(file).ok()?)
    }
}

/// All files below a folder, without following links: `build` and `source` lead far away.
fn gather(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            gather(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().expect("a directory");
        for (path, text) in files {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        directory
    }

    const FILES: [(&str, &str); 4] = [
        ("kernel/a.ko", "\x7fELF\0depends=b,c-d\0vermagic=6.1 SMP\0"),
        ("kernel/deep/b.ko", "\x7fELF\0depends=c-d\0vermagic=6.1 SMP\0"),
        ("kernel/c-d.ko", "\x7fELF\0depends=\0vermagic=6.1 SMP\0"),
        ("kernel/broken.ko.xz", "no"),
    ];

    #[test]
    fn what_a_module_depends_on_comes_before_it_and_once() {
        let mut with_index = FILES.to_vec();
        with_index.push(("modules.dep", "kernel/a.ko: kernel/deep/b.ko kernel/c-d.ko\nkernel/deep/b.ko: kernel/c-d.ko\nkernel/c-d.ko:\nkernel/broken.ko.xz:\n"));
        for files in [&FILES[..], &with_index] {
            let directory = folder(files);
            let found = Folder::open(directory.path()).expect("modules").load(&["a", "b", "built_in", "broken"]);
            let names: Vec<_> = found.modules.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(names, ["c_d", "b", "a"]);
            assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
        }
    }

    #[test]
    fn a_folder_without_modules_is_none() {
        let directory = folder(&[("vmlinuz", "")]);
        assert!(Folder::open(directory.path()).is_err());
        assert!(Folder::open(&directory.path().join("missing")).is_err());
    }
}
