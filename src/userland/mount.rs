//! `mount`: lists mounts with their propagation, mounts, binds, moves, changes flags and propagation.
//!
//! A bind mount with `ro` is two system calls, because the first ignores all flags but MS_BIND and MS_REC; so is a
//! mount with a propagation option. Manual: mount(2), mount_namespaces(7), proc_pid_mountinfo(5).

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Parser;
use nix::errno::Errno;
use nix::mount::MsFlags;

use super::ps::nothing_mounted;
use super::report::{self, Failure, Outcome};

/// List mounts, or mount SOURCE at DIRECTORY
#[derive(Parser)]
#[command(name = "mount")]
struct Arguments {
    /// The type of file system: tmpfs, proc, sysfs, overlay, ...
    #[arg(short = 't', long = "types")]
    kind: Option<String>,
    /// ro, rw, nosuid, nodev, noexec, bind, rbind, remount, private, ..., and options of the file system
    #[arg(short = 'o', long = "options", value_delimiter = ',')]
    options: Vec<String>,
    /// Read-only, as -o ro
    #[arg(short = 'r', long = "read-only")]
    read_only: bool,
    /// Show SOURCE at DIRECTORY too
    #[arg(short = 'B', long)]
    bind: bool,
    /// The same with all mounts below
    #[arg(short = 'R', long)]
    rbind: bool,
    /// Move the mount at SOURCE to DIRECTORY
    #[arg(short = 'M', long = "move")]
    move_: bool,
    #[command(flatten)]
    propagation: Propagation,
    source: Option<PathBuf>,
    directory: Option<PathBuf>,
}

#[derive(clap::Args)]
#[group(multiple = false)]
struct Propagation {
    #[arg(long)]
    make_private: bool,
    #[arg(long)]
    make_rprivate: bool,
    #[arg(long)]
    make_shared: bool,
    #[arg(long)]
    make_rshared: bool,
    #[arg(long)]
    make_slave: bool,
    #[arg(long)]
    make_rslave: bool,
    #[arg(long)]
    make_unbindable: bool,
    #[arg(long)]
    make_runbindable: bool,
}

impl Propagation {
    fn flags(&self) -> MsFlags {
        let rec = MsFlags::MS_REC;
        [
            (self.make_private, MsFlags::MS_PRIVATE),
            (self.make_rprivate, MsFlags::MS_PRIVATE | rec),
            (self.make_shared, MsFlags::MS_SHARED),
            (self.make_rshared, MsFlags::MS_SHARED | rec),
            (self.make_slave, MsFlags::MS_SLAVE),
            (self.make_rslave, MsFlags::MS_SLAVE | rec),
            (self.make_unbindable, MsFlags::MS_UNBINDABLE),
            (self.make_runbindable, MsFlags::MS_UNBINDABLE | rec),
        ]
        .into_iter()
        .filter(|(asked, _)| *asked)
        .fold(MsFlags::empty(), |flags, (_, flag)| flags | flag)
    }
}

/// The words of -o that are flags of mount(2). The rest goes to the file system as text.
const WORDS: [(&str, MsFlags); 28] = [
    ("bind", MsFlags::MS_BIND),
    ("dirsync", MsFlags::MS_DIRSYNC),
    ("lazytime", MsFlags::MS_LAZYTIME),
    ("move", MsFlags::MS_MOVE),
    ("noatime", MsFlags::MS_NOATIME),
    ("nodev", MsFlags::MS_NODEV),
    ("nodiratime", MsFlags::MS_NODIRATIME),
    ("noexec", MsFlags::MS_NOEXEC),
    ("nosuid", MsFlags::MS_NOSUID),
    ("nosymfollow", MsFlags::from_bits_retain(256)),
    ("private", MsFlags::MS_PRIVATE),
    ("rbind", MsFlags::MS_BIND.union(MsFlags::MS_REC)),
    ("relatime", MsFlags::MS_RELATIME),
    ("remount", MsFlags::MS_REMOUNT),
    ("ro", MsFlags::MS_RDONLY),
    ("rprivate", MsFlags::MS_PRIVATE.union(MsFlags::MS_REC)),
    ("rshared", MsFlags::MS_SHARED.union(MsFlags::MS_REC)),
    ("rslave", MsFlags::MS_SLAVE.union(MsFlags::MS_REC)),
    ("runbindable", MsFlags::MS_UNBINDABLE.union(MsFlags::MS_REC)),
    ("shared", MsFlags::MS_SHARED),
    ("slave", MsFlags::MS_SLAVE),
    ("strictatime", MsFlags::MS_STRICTATIME),
    ("sync", MsFlags::MS_SYNCHRONOUS),
    ("unbindable", MsFlags::MS_UNBINDABLE),
    ("rw", MsFlags::empty()),
    ("defaults", MsFlags::empty()),
    ("suid", MsFlags::empty()),
    ("dev", MsFlags::empty()),
];

const PROPAGATION: MsFlags =
    MsFlags::MS_PRIVATE.union(MsFlags::MS_SHARED).union(MsFlags::MS_SLAVE).union(MsFlags::MS_UNBINDABLE);

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    let mut flags = MsFlags::empty();
    let mut propagation = arguments.propagation.flags();
    let mut data: Vec<&str> = vec![];
    for word in arguments.options.iter().filter(|word| !word.is_empty()) {
        match WORDS.iter().find(|(name, _)| name == word) {
            Some((_, flag)) if flag.intersects(PROPAGATION) => propagation |= *flag,
            Some((_, flag)) => flags |= *flag,
            None => data.push(word),
        }
    }
    flags.set(MsFlags::MS_RDONLY, arguments.read_only || flags.contains(MsFlags::MS_RDONLY));
    if arguments.bind || arguments.rbind {
        flags |= MsFlags::MS_BIND;
    }
    flags.set(MsFlags::MS_REC, arguments.rbind || flags.contains(MsFlags::MS_REC));
    flags.set(MsFlags::MS_MOVE, arguments.move_ || flags.contains(MsFlags::MS_MOVE));

    let (source, directory) = match (arguments.source, arguments.directory) {
        (None, _) => return list(arguments.kind.as_deref()),
        (Some(source), Some(directory)) => (source, directory),
        // `mount -o remount DIR`, `mount --make-private DIR`: there is no source.
        (Some(directory), None) if flags.contains(MsFlags::MS_REMOUNT) || !propagation.is_empty() => {
            ("none".into(), directory)
        }
        // `mount -t tmpfs DIR`, as some do: the source is only a name.
        (Some(directory), None) => match &arguments.kind {
            Some(kind) => (kind.into(), directory),
            None => return Err(Failure::new("a source and a directory are needed (there is no fstab here)")),
        },
    };
    let only_propagation = flags.is_empty() && arguments.kind.is_none() && data.is_empty() && !propagation.is_empty();
    if !only_propagation {
        let kind = arguments.kind.as_deref();
        if kind.is_none() && !flags.intersects(MsFlags::MS_BIND | MsFlags::MS_MOVE | MsFlags::MS_REMOUNT) {
            return Err(Failure::new("the type of file system is needed (-t tmpfs), or --bind"));
        }
        let data = data.join(",");
        call(&source, &directory, kind, flags, &data)?;
        let kept = flags - (MsFlags::MS_BIND | MsFlags::MS_REC);
        if flags.contains(MsFlags::MS_BIND) && !flags.contains(MsFlags::MS_REMOUNT) && !kept.is_empty() {
            call(&source, &directory, None, kept | MsFlags::MS_BIND | MsFlags::MS_REMOUNT, "")?;
        }
    }
    if !propagation.is_empty() {
        call(Path::new("none"), &directory, None, propagation, "")?;
    }
    Ok(0)
}

fn call(source: &Path, directory: &Path, kind: Option<&str>, flags: MsFlags, data: &str) -> Result<(), Failure> {
    let data = if data.is_empty() { None } else { Some(data) };
    nix::mount::mount(Some(source), directory, kind, flags, data).map_err(|errno| {
        let what = match kind {
            _ if flags.intersects(PROPAGATION) => format!("cannot change the propagation of {}", directory.display()),
            _ if flags.contains(MsFlags::MS_REMOUNT) => format!("cannot remount {}", directory.display()),
            Some(kind) => format!("cannot mount {kind} on {}", directory.display()),
            None => format!("cannot mount {} on {}", source.display(), directory.display()),
        };
        let failure = Failure::errno(what, errno);
        match errno {
            Errno::EPERM => failure.hint(refused(kind)),
            Errno::ENOENT if !directory.exists() => failure.hint("the directory is not there (mkdir)"),
            Errno::ENOENT => failure.hint("the source, or a directory named in the options, is not there"),
            Errno::ENODEV => failure.hint("this kernel has no such file system (see /proc/filesystems)"),
            Errno::EINVAL if flags.intersects(PROPAGATION) => failure.hint("it is not a mount point"),
            Errno::EINVAL => failure.hint("an option is wrong, it is no mount point, or its parent mount is shared"),
            _ => failure,
        }
    })
}

/// What a mount of that type needs, so that the kernel does not answer EPERM.
fn refused(kind: Option<&str>) -> String {
    let all = "it needs CAP_SYS_ADMIN in the user namespace that owns this mount namespace";
    let more = match kind {
        Some("proc") => {
            "; proc also a PID namespace that the same user namespace owns, and another proc that nothing covers"
        }
        Some("sysfs") => "; sysfs also a network namespace that the same user namespace owns",
        Some("mqueue") => "; mqueue also an IPC namespace that the same user namespace owns",
        Some("cgroup" | "cgroup2") => {
            "; a cgroup file system also a cgroup namespace that the same user namespace owns"
        }
        Some("tmpfs" | "ramfs" | "devpts" | "overlay") | None => "",
        Some(_) => {
            "; and a user namespace that is not the machine's first may mount few types: proc, sysfs, tmpfs, \
                    devpts, mqueue, cgroup2, overlay"
        }
    };
    format!("{all}{more}")
}

/// One line a mount: source on directory, type, propagation, options.
fn list(kind: Option<&str>) -> Outcome {
    let text = std::fs::read_to_string("/proc/self/mountinfo").map_err(|_| nothing_mounted("mount"))?;
    let mut out = std::io::stdout().lock();
    for line in text.lines().filter_map(|line| line_of(line, kind)) {
        writeln!(out, "{line}")?;
    }
    Ok(0)
}

fn line_of(line: &str, wanted: Option<&str>) -> Option<String> {
    let (left, right) = line.split_once(" - ")?;
    let left: Vec<&str> = left.split(' ').collect();
    let mut right = right.split(' ');
    let (kind, source, own) = (right.next()?, right.next()?, right.next()?);
    if wanted.is_some_and(|wanted| wanted != kind) {
        return None;
    }
    let marks = left.get(6..)?;
    let propagation = if marks.is_empty() { "private".to_string() } else { marks.join(" ") };
    let root = match *left.get(3)? {
        "/" => String::new(),
        part => format!("[{part}]"),
    };
    let (directory, options) = (left.get(4)?, left.get(5)?);
    let own = own.split(',').filter(|word| !options.split(',').any(|known| known == *word));
    let mut options: Vec<&str> = options.split(',').chain(own).collect();
    // Mount point and file system have a flag each, and one that is read-only is enough.
    if options.contains(&"ro") {
        options.retain(|word| *word != "rw");
    }
    let options = options.join(",");
    Some(format!("{source}{root} on {directory} type {kind} {propagation} ({options})").replace("\\040", " "))
}
