//! `tar`: packs directories, lists a tar file, unpacks one. A layer of an image is such a file.
//! Entries are sorted by name, and the list tells no times, so that two packings of the same tree look the same.
//! Manual: tar(1), tar(5).

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Parser};
use tar::{Archive, Builder, EntryType, Header};

use super::report::{self, Failure, Outcome};

/// Pack files into one, list that, or unpack it
#[derive(Parser)]
#[command(name = "tar", group = ArgGroup::new("what").required(true))]
struct Arguments {
    /// Pack these paths
    #[arg(short, long, group = "what")]
    create: bool,
    /// List what is in it
    #[arg(short = 't', long, group = "what")]
    list: bool,
    /// Unpack it
    #[arg(short = 'x', long, group = "what")]
    extract: bool,
    /// With type, permissions, owner and size
    #[arg(short, long)]
    verbose: bool,
    /// The tar file; standard input or output if left out, or `-`
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Go to this directory before it packs or unpacks
    #[arg(short = 'C', long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
    paths: Vec<PathBuf>,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, |arguments: Arguments| {
        let named = arguments.file.as_deref().filter(|file| *file != Path::new("-"));
        // Before the change of directory: the file's name is meant from here.
        if arguments.create {
            let to: Box<dyn Write> = match named {
                Some(path) => Box::new(open(path, File::create(path))?),
                None => Box::new(io::stdout()),
            };
            enter(&arguments)?;
            return pack(to, &arguments.paths);
        }
        let from: Box<dyn Read> = match named {
            Some(path) => Box::new(open(path, File::open(path))?),
            None => Box::new(io::stdin()),
        };
        enter(&arguments)?;
        let mut archive = Archive::new(from);
        if arguments.list {
            return list(&mut archive, arguments.verbose);
        }
        archive.set_preserve_permissions(true);
        archive.unpack(".").map_err(|error| Failure::io("cannot unpack", &error))?;
        Ok(0)
    })
}

fn open(path: &Path, file: io::Result<File>) -> Result<File, Failure> {
    file.map_err(|error| Failure::io(format!("cannot open {}", path.display()), &error))
}

fn enter(arguments: &Arguments) -> Result<(), Failure> {
    let Some(directory) = &arguments.directory else { return Ok(()) };
    let failed = |error| Failure::io(format!("cannot go to {}", directory.display()), &error);
    std::env::set_current_dir(directory).map_err(failed)
}

fn pack(to: Box<dyn Write>, paths: &[PathBuf]) -> Outcome {
    if paths.is_empty() {
        return Err(Failure::new("nothing to pack").hint("name a file or a directory, `.` for this one"));
    }
    let mut builder = Builder::new(to);
    builder.follow_symlinks(false);
    for path in paths {
        add(&mut builder, path).map_err(|error| Failure::io(format!("cannot pack {}", path.display()), &error))?;
    }
    let mut to = builder.into_inner()?;
    to.flush()?;
    Ok(0)
}

fn add(builder: &mut Builder<Box<dyn Write>>, path: &Path) -> io::Result<()> {
    builder.append_path(path)?;
    if !path.symlink_metadata()?.is_dir() {
        return Ok(());
    }
    let mut names = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    names.iter().try_for_each(|path| add(builder, path))
}

fn list(archive: &mut Archive<Box<dyn Read>>, verbose: bool) -> Outcome {
    let failed = |error| Failure::io("this is no tar file that can be read", &error);
    let mut out = io::stdout().lock();
    for entry in archive.entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path()?;
        if !verbose {
            writeln!(out, "{}", path.display())?;
            continue;
        }
        let target = entry.link_name()?.map(|target| format!(" -> {}", target.display())).unwrap_or_default();
        writeln!(out, "{} {}{target}", details(entry.header())?, path.display())?;
    }
    Ok(0)
}

/// `-rw-r----- 0/0 35`, and of a device its numbers in place of the size.
fn details(header: &Header) -> io::Result<String> {
    let kind = match header.entry_type() {
        EntryType::Directory => 'd',
        EntryType::Symlink => 'l',
        EntryType::Char => 'c',
        EntryType::Block => 'b',
        EntryType::Fifo => 'p',
        EntryType::Link => 'h',
        _ => '-',
    };
    let mode = header.mode()?;
    let bits = (0..9).map(|at| if mode >> (8 - at) & 1 == 1 { ['r', 'w', 'x'][at % 3] } else { '-' });
    let size = match (kind, header.device_major()?, header.device_minor()?) {
        ('c' | 'b', Some(major), Some(minor)) => format!("{major},{minor}"),
        _ => header.size()?.to_string(),
    };
    Ok(format!("{kind}{} {}/{} {size}", bits.collect::<String>(), header.uid()?, header.gid()?))
}
