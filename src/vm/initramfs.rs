//! The guest's first file system: an archive in cpio's `newc` form, which the kernel unpacks into its root at boot
//! (Documentation/driver-api/early-userspace/buffer-format.rst). It is not compressed: it is read from memory, and
//! unpacking would cost the guest more time than that.

use super::elf;
use super::job::{self, Job};
use super::modules::Module;
use cpio::newc::{Builder, trailer};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// What goes into it, besides Boxlab itself.
pub struct Content<'a> {
    pub job: &'a Job,
    pub modules: &'a [Module],
    /// A folder of lessons.
    pub lessons: Option<&'a Path>,
}

/// The archive, in a file that has no name and ends with the last process that has it open.
pub struct Initramfs {
    pub file: File,
    pub size: u64,
}

const DIRECTORY: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const TEXT: u32 = 0o100_644;
const LINK: u32 = 0o120_777;

/// Writes it. Errors: this program cannot be read, a folder of lessons cannot, or memory is full.
pub fn write(content: &Content<'_>) -> std::io::Result<Initramfs> {
    let memory = rustix::fs::memfd_create("boxlab-initramfs", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut out = Archive { out: BufWriter::with_capacity(1 << 20, File::from(memory)) };
    for directory in ["bin", "dev", "proc", "sys", "modules"] {
        out.add(directory, DIRECTORY, &[])?;
    }
    out.add(inside(job::PROGRAM), PROGRAM, &elf::stripped(std::fs::read("/proc/self/exe")?))?;
    out.add("init", LINK, job::PROGRAM.as_bytes())?;
    for (number, module) in content.modules.iter().enumerate() {
        out.add(&format!("{}/{number:02}-{}.ko", inside(job::MODULES), module.name), TEXT, &module.bytes)?;
    }
    if let Some(lessons) = content.lessons {
        out.tree(inside(job::LESSONS), lessons)?;
    }
    let job = serde_json::to_vec(content.job).map_err(std::io::Error::other)?;
    out.add(inside(job::PATH), TEXT, &job)?;
    let file = trailer(out.out)?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    let size = file.metadata()?.len();
    Ok(Initramfs { file, size })
}

/// Paths in an archive have no slash before them.
fn inside(path: &str) -> &str {
    path.trim_start_matches('/')
}

struct Archive {
    out: BufWriter<File>,
}

impl Archive {
    fn add(&mut self, path: &str, mode: u32, bytes: &[u8]) -> std::io::Result<()> {
        let size = u32::try_from(bytes.len()).map_err(|_| std::io::Error::from(std::io::ErrorKind::FileTooLarge))?;
        let mut entry = Builder::new(path).mode(mode).nlink(1).write(&mut self.out, size);
        entry.write_all(bytes)?;
        entry.finish().map(drop)
    }

    /// A folder with all that is in it. Links are followed, as they may lead out of it.
    fn tree(&mut self, path: &str, from: &Path) -> std::io::Result<()> {
        self.add(path, DIRECTORY, &[])?;
        let mut entries: Vec<_> = std::fs::read_dir(from)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let (name, from) = (entry.file_name(), entry.path());
            let path = format!("{path}/{}", name.to_string_lossy());
            let about = std::fs::metadata(&from)?;
            if about.is_dir() {
                self.tree(&path, &from)?;
            } else if about.is_file() {
                self.add(&path, TEXT, &std::fs::read(&from)?)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::job::User;
    use std::io::{Read, Seek};

    #[test]
    fn all_is_in_it_and_boxlab_is_its_init() {
        let job = Job {
            arguments: vec!["list".into()],
            environment: Vec::new(),
            terminal: None,
            user: User::Root,
            progress: None,
        };
        let modules = [Module { name: "overlay".into(), bytes: b"\x7fELF overlay".to_vec() }];
        let lessons = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(lessons.path().join("01-one")).expect("made");
        std::fs::write(lessons.path().join("01-one/lesson.yaml"), "id: one").expect("written");
        let mut written =
            write(&Content { job: &job, modules: &modules, lessons: Some(lessons.path()) }).expect("written");
        written.file.rewind().expect("read again");
        let mut found = Vec::new();
        let mut file = written.file;
        loop {
            let mut reader = cpio::NewcReader::new(file).expect("an entry");
            if reader.entry().is_trailer() {
                break;
            }
            let (name, mode) = (reader.entry().name().to_owned(), reader.entry().mode());
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).expect("its content");
            found.push((name, mode, bytes));
            file = reader.finish().expect("the next one");
        }
        let get = |name: &str| found.iter().find(|it| it.0 == name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(get("init").2, b"/bin/boxlab");
        assert_eq!(get("bin/boxlab").1, PROGRAM);
        assert_eq!(get("modules/00-overlay.ko").2, b"\x7fELF overlay");
        assert_eq!(get("lessons/01-one/lesson.yaml").2, b"id: one");
        assert_eq!(serde_json::from_slice::<Job>(&get("job.json").2).expect("the job"), job);
    }
}
