//! A kernel image: found, opened, and known by its own words.
//! An x86 image has a header (Documentation/arch/x86/boot.rst) that tells its release, so a file may have any name.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A kernel that can be started.
#[derive(Debug)]
pub struct Image {
    pub path: PathBuf,
    pub file: File,
    /// `6.1.0-9-cloud-amd64`.
    pub release: String,
}

/// Why there is none.
#[derive(Debug)]
pub enum NoImage {
    /// There is no file where kernels are looked for.
    Nowhere,
    /// There are some, and this user may read none; the newest of them.
    Unreadable(PathBuf, std::io::Error),
    /// It can be read, and is none.
    NotAKernel(PathBuf),
}

impl Image {
    /// Errors: it cannot be read, or is no kernel.
    pub fn open(path: &Path) -> Result<Image, NoImage> {
        let unreadable = |error| NoImage::Unreadable(path.to_owned(), error);
        let file = File::open(path).map_err(unreadable)?;
        let release = release(&file).map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => NoImage::NotAKernel(path.to_owned()),
            _ => unreadable(error),
        })?;
        Ok(Image { path: path.to_owned(), file, release })
    }

    /// The newest one that can be read.
    pub fn newest(candidates: Vec<PathBuf>) -> Result<Image, NoImage> {
        let mut candidates = candidates;
        candidates.sort_by_cached_key(|path| std::cmp::Reverse(version(&path.to_string_lossy())));
        let mut first = None;
        for path in candidates {
            match Image::open(&path) {
                Ok(image) => return Ok(image),
                // Rescue images and the like are no reason to speak of them, if another one can be read.
                Err(no) => first = first.or(Some(no)),
            }
        }
        Err(first.unwrap_or(NoImage::Nowhere))
    }
}

/// A kernel that lies elsewhere, for all that starts a machine.
pub const VARIABLE: &str = "BOXLAB_KERNEL";

/// What BOXLAB_KERNEL names; else where distributions put kernels: /boot, and beside the modules (Fedora, Arch).
pub fn candidates() -> Vec<PathBuf> {
    if let Some(path) = std::env::var_os(VARIABLE).filter(|it| !it.is_empty()) {
        return vec![path.into()];
    }
    let entries = |path: &str| std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let boot = entries("/boot").filter(|path| name(path).starts_with("vmlinuz") && !name(path).contains("rescue"));
    let beside = entries("/usr/lib/modules").chain(entries("/lib/modules")).map(|path| path.join("vmlinuz"));
    boot.chain(beside.filter(|path| path.exists())).collect()
}

fn name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

/// The numbers in a name, for comparing: 6.10 is newer than 6.9.
fn version(text: &str) -> Vec<u64> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// The first word of the version that the header points to.
fn release(file: &File) -> std::io::Result<String> {
    let wrong = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let mut head = [0; 0x210];
    file.read_exact_at(&mut head, 0)?;
    if head[0x1fe..0x200] != [0x55, 0xaa] || &head[0x202..0x206] != b"HdrS" {
        return Err(wrong());
    }
    let mut text = [0; 128];
    let at = 0x200 + u64::from(u16::from_le_bytes([head[0x20e], head[0x20f]]));
    file.read_exact_at(&mut text, at)?;
    let word = text.split(|byte| *byte == b' ' || *byte == 0).next().unwrap_or_default();
    let word = std::str::from_utf8(word).ok().filter(|word| word.starts_with(|it: char| it.is_ascii_digit()));
    word.map(str::to_owned).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(release: &str) -> Vec<u8> {
        let mut bytes = vec![0; 0x1000];
        bytes[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
        bytes[0x202..0x206].copy_from_slice(b"HdrS");
        bytes[0x20e..0x210].copy_from_slice(&0x600_u16.to_le_bytes());
        let text = format!("{release} (who@built.it) #1 SMP");
        bytes[0x800..0x800 + text.len()].copy_from_slice(text.as_bytes());
        bytes
    }

    #[test]
    fn the_newest_that_is_a_kernel_is_taken() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = |name: &str, bytes: &[u8]| {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            path
        };
        let all = vec![
            file("vmlinuz-6.9.0-1", &kernel("6.9.0-1")),
            file("vmlinuz-6.12.0-1", &kernel("6.12.0-1-amd64")),
            file("vmlinuz-7.0", b"no kernel"),
        ];
        assert_eq!(Image::newest(all).expect("a kernel").release, "6.12.0-1-amd64");
        assert!(matches!(Image::newest(Vec::new()), Err(NoImage::Nowhere)));
        let none = directory.path().join("vmlinuz-7.0");
        assert!(matches!(Image::newest(vec![none.clone()]), Err(NoImage::NotAKernel(_))));
        assert!(matches!(Image::open(directory.path()), Err(NoImage::Unreadable(..))));
        assert!(matches!(Image::open(&directory.path().join("missing")), Err(NoImage::Unreadable(..))));
    }
}
