//! Why a mount or pivot_root failed: covered proc, missing file systems, an old kernel, a root that cannot be moved.
//! mount(2), pivot_root(2), user_namespaces(7) ("mounts of proc and sysfs must be fully visible", in fs/namespace.c
//! `mount_too_revealing`). Pure functions of facts: nothing is tried here.

use super::child::Answers;
use super::explain::{Cause, security_module};
use super::facts::Facts;
use super::remedy;
use super::step::Step;
use nix::errno::Errno;

/// An attribute `user.*` of a directory in a tmpfs.
pub fn xattr(errno: Errno, facts: &Facts) -> Option<Cause> {
    (errno == Errno::EOPNOTSUPP).then(|| {
        let why = "A tmpfs keeps attributes user.* from Linux 6.6 on, where they are built in";
        (format!("{why}; this is {}.", facts.release), Some(remedy::NO_WAY.to_owned()))
    })
}

/// A mount of a file system.
pub fn mount(step: Step, errno: Errno, facts: &Facts, answers: &Answers) -> Option<Cause> {
    let name = match step {
        Step::Proc => "proc",
        Step::Sysfs => "sysfs",
        Step::Tmpfs => "tmpfs",
        Step::Devpts => "devpts",
        Step::Mqueue => "mqueue",
        Step::Overlay => "overlay",
        _ => "",
    };
    match errno {
        Errno::ENODEV => {
            let listed = |list: &Vec<String>| list.iter().any(|known| known == name);
            let why = match facts.file_systems.as_ref().map(listed) {
                Some(true) => format!("/proc/filesystems lists {name} now: the module that it is in was loaded since."),
                Some(false) => {
                    format!("This kernel knows no file system called {name}: /proc/filesystems does not list it.")
                }
                None => format!("This kernel knows no file system called {name}."),
            };
            Some((why, Some(remedy::modprobe(name, facts))))
        }
        Errno::ENOSPC => Some((
            "This mount namespace is full: fs.mount-max says how many mounts one may hold.".to_owned(),
            Some(remedy::sysctl("fs.mount-max", "100000", facts)),
        )),
        Errno::EPERM if step == Step::Proc => {
            security_module(facts).filter(|_| facts.proc_covers.is_empty()).or_else(|| covered(facts, answers))
        }
        Errno::EPERM if step == Step::Sysfs && !facts.sys_covers.is_empty() => {
            let why = format!(
                "Parts of /sys are covered here ({}), and the kernel gives a user namespace no fuller view than it has.",
                list(&facts.sys_covers)
            );
            Some((why, Some(remedy::unconfine(facts, answers))))
        }
        Errno::EPERM if step == Step::Overlay && older(&facts.release, 5, 11) => Some((
            format!("The kernel is {}, and user namespaces may mount overlay since Linux 5.11.", facts.release),
            Some("Use a newer kernel, or run the lesson in a virtual machine.".to_owned()),
        )),
        Errno::EPERM | Errno::EACCES => security_module(facts),
        Errno::ENOENT if step == Step::Tmpfs => Some((
            "None of TMPDIR, /tmp, /mnt, /run and /etc is there to mount the new root on.".to_owned(),
            Some(format!("$ {}mkdir /tmp", facts.sudo())),
        )),
        _ => None,
    }
}

/// A new proc shows everything, so the kernel wants an old one in sight that hides nothing.
fn covered(facts: &Facts, answers: &Answers) -> Option<Cause> {
    let rule = "a user namespace may mount proc only where a proc that hides nothing is in sight already";
    if !facts.proc_covers.is_empty() {
        let why = format!(
            "{} of /proc {} here ({}): {rule}.",
            if facts.proc_covers.len() == 1 { "A part" } else { "Parts" },
            if facts.proc_covers.len() == 1 { "is covered" } else { "are covered" },
            list(&facts.proc_covers)
        );
        return Some((why, Some(remedy::unconfine(facts, answers))));
    }
    if facts.proc_read_only {
        return Some((
            format!("/proc is mounted read-only here: {rule}, writable."),
            Some(remedy::unconfine(facts, answers)),
        ));
    }
    if facts.proc_mounts.is_empty() {
        let why = format!("No proc is mounted here: {rule}.");
        return Some((why, Some(format!("$ {}mount -t proc proc /proc", facts.sudo()))));
    }
    None
}

/// The first four, and how many more.
fn list(points: &[String]) -> String {
    match points.len() {
        0..=4 => points.join(", "),
        more => format!("{} and {} more", points[..4].join(", "), more - 4),
    }
}

/// pivot_root and the way the old root is left behind.
pub fn pivot(errno: Errno, facts: &Facts) -> Option<Cause> {
    match errno {
        Errno::EINVAL if facts.on_rootfs => Some((
            "The root of this machine is the boot's own rootfs (an initramfs), which the kernel never lets go.".to_owned(),
            Some("Move to a real root first, as an init does:\n$ exec switch_root NEWROOT INIT".to_owned()),
        )),
        Errno::EINVAL => Some((
            "Either the new root is no mount point, or it, its parent mount or the old root is shared (mount_namespaces(7)). A mount \
             namespace of a user namespace of its own has none of that, so this is a fault of Boxlab."
                .to_owned(),
            Some("Report it, with what this shows:\n$ cat /proc/self/mountinfo".to_owned()),
        )),
        Errno::EPERM | Errno::EACCES => security_module(facts).or_else(|| {
            (facts.seccomp == Some(2)).then(|| {
                let why = "A seccomp filter is installed (Seccomp: 2), and mounts are allowed but this call is not.".to_owned();
                (why, Some(remedy::unconfine(facts, &Answers::default())))
            })
        }),
        _ => None,
    }
}

/// `6.1.0-56-cloud` is not older than 5.11.
pub fn older(release: &str, major: u32, minor: u32) -> bool {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit()).map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(first), Some(second)) => (first, second) < (major, minor),
        _ => false,
    }
}
