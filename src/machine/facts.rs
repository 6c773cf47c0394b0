//! What /proc and /sys say about this machine: the settings and states that explain why a trial failed.
//! proc_sys(5), user_namespaces(7), Documentation/admin-guide/LSM. Reads only, and takes "not there" for an answer: on a
//! kernel without a setting, in a container that hides it, or with no /proc at all, the field is `None`.

use super::container::{self, Hint, Place};
use crate::kernel::namespaces::Namespace;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The id that stands for "no mapping" (/proc/sys/kernel/overflowuid).
const UNMAPPED: u32 = 65534;

/// The facts that `explain` reasons from. Every field can be filled by hand, so that explanations can be tested.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub release: String,
    pub architecture: String,
    pub uid: u32,
    pub user: String,
    /// The program, for the profile that lets it make user namespaces.
    pub program: PathBuf,
    /// /proc/self/status could be read.
    pub proc: bool,
    pub threads: Option<u64>,
    /// 0 none, 1 strict, 2 filter.
    pub seccomp: Option<u32>,
    pub effective: Option<u64>,
    pub bounding: Option<u64>,
    /// Lines of /proc/self/uid_map: inside, outside, count.
    pub uid_map: Vec<[u64; 3]>,
    /// user.max_KIND_namespaces.
    pub limits: Vec<(Namespace, u64)>,
    /// The kernel was built with user namespaces: /proc/self/ns/user is there.
    pub user_namespaces: Option<bool>,
    pub unprivileged_userns_clone: Option<u32>,
    pub apparmor_restrict: Option<u32>,
    /// The AppArmor profile of this process, without its mode.
    pub apparmor_profile: Option<String>,
    pub selinux_enforcing: Option<bool>,
    pub yama: Option<u32>,
    /// This process's root directory is not the root of its mount namespace.
    pub chrooted: Option<bool>,
    /// Our root is the boot's own rootfs.
    pub on_rootfs: bool,
    /// Mounts of the proc file system itself.
    pub proc_mounts: Vec<String>,
    /// Mounts that hide parts of /proc, and of /sys.
    pub proc_covers: Vec<String>,
    pub sys_covers: Vec<String>,
    pub proc_read_only: bool,
    pub file_systems: Option<Vec<String>>,
    pub hints: Vec<Hint>,
    pub place: Place,
}

impl Facts {
    /// Reads them all.
    pub fn read() -> Facts {
        let uid = nix::unistd::geteuid();
        let name = nix::sys::utsname::uname().ok();
        let text = |part: &std::ffi::OsStr| part.to_string_lossy().into_owned();
        let hints = container::hints();
        let mut facts = Facts {
            release: name.as_ref().map_or_else(String::new, |name| text(name.release())),
            architecture: name.as_ref().map_or_else(String::new, |name| text(name.machine())),
            uid: uid.as_raw(),
            user: user_name(uid.as_raw()),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("boxlab")),
            uid_map: id_map("/proc/self/uid_map"),
            limits: Namespace::ALL
                .into_iter()
                .filter_map(|kind| {
                    let limit = std::fs::read_to_string(format!("/proc/sys/{}", limit_name(kind).replace('.', "/")));
                    Some((kind, limit.ok()?.trim().parse().ok()?))
                })
                .collect(),
            unprivileged_userns_clone: number("/proc/sys/kernel/unprivileged_userns_clone"),
            apparmor_restrict: number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
            apparmor_profile: apparmor_profile(),
            selinux_enforcing: number("/sys/fs/selinux/enforce").map(|enforcing: u32| enforcing == 1),
            yama: number("/proc/sys/kernel/yama/ptrace_scope"),
            place: container::place(&hints),
            hints,
            file_systems: std::fs::read_to_string("/proc/filesystems").ok().map(|list| {
                list.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect()
            }),
            ..Facts::default()
        };
        facts.read_process();
        facts.read_mounts();
        facts
    }

    fn read_process(&mut self) {
        let Ok(process) = procfs::process::Process::myself() else { return };
        let Ok(status) = process.status() else { return };
        self.proc = true;
        self.threads = Some(status.threads);
        self.seccomp = status.seccomp;
        self.effective = Some(status.capeff);
        self.bounding = status.capbnd;
        self.user_namespaces = Some(Path::new("/proc/self/ns/user").symlink_metadata().is_ok());
    }

    fn read_mounts(&mut self) {
        let Some(mounts) = procfs::process::Process::myself().ok().and_then(|process| process.mountinfo().ok()) else {
            return;
        };
        // A mount point above our root directory is left out of our mountinfo. So where no line is `/`, our root is a
        // directory inside a mount: a chroot. A chroot onto a mount point shows no such sign; PID 1's root may.
        let rooted = mounts.iter().any(|mount| mount.mount_point == Path::new("/"));
        let root_of = |path: &str| std::fs::metadata(path).ok().map(|root| (root.dev(), root.ino()));
        let differs = match (root_of("/proc/1/root/"), root_of("/")) {
            (Some(first), Some(ours)) => first != ours,
            _ => false,
        };
        self.chrooted = Some(!rooted || (differs && same_mount_namespace()));
        for mount in mounts.iter() {
            let point = mount.mount_point.to_string_lossy().into_owned();
            match mount.fs_type.as_str() {
                "rootfs" if point == "/" => self.on_rootfs = true,
                "proc" if mount.root == "/" => {
                    self.proc_read_only |= point == "/proc" && mount.mount_options.contains_key("ro");
                    self.proc_mounts.push(point);
                }
                // Directories that the kernel keeps empty for such a mount do not hide anything.
                _ if point.starts_with("/proc/") && point != "/proc/sys/fs/binfmt_misc" => {
                    self.proc_covers.push(point);
                }
                "tmpfs" if point == "/sys" => self.sys_covers.push(point),
                "tmpfs" | "sysfs" | "proc" if point.starts_with("/sys/") && !point.starts_with("/sys/fs/") => {
                    self.sys_covers.push(point);
                }
                _ => {}
            }
        }
    }

    /// The limit on namespaces of this kind, in the user namespace that we are in.
    pub fn limit(&self, kind: Namespace) -> Option<u64> {
        self.limits.iter().find(|(of, _)| *of == kind).map(|(_, limit)| *limit)
    }

    /// True where our own user id has no mapping in our user namespace: it shows as nobody's.
    pub fn unmapped(&self) -> bool {
        let inside = |line: &[u64; 3]| (line[0]..line[0].saturating_add(line[2])).contains(&u64::from(self.uid));
        self.proc && self.uid == UNMAPPED && !self.uid_map.iter().any(inside)
    }

    /// True in a user namespace that is not the machine's first: root here is not root outside.
    pub fn in_user_namespace(&self) -> bool {
        !self.uid_map.is_empty() && self.uid_map != [[0, 0, 4_294_967_295]]
    }

    /// Something of a container's walls is really there: a filter, a profile, a covered /proc. A container started with
    /// --privileged has none of them, and neither has a machine where a sign of a container was left over.
    pub fn confined(&self) -> bool {
        let profile = self.apparmor_profile.as_deref().is_some_and(|profile| profile != "unconfined");
        self.seccomp == Some(2) || profile || !self.proc_covers.is_empty() || self.proc_read_only
    }

    /// `sudo ` where it is needed.
    pub fn sudo(&self) -> &'static str {
        if self.uid == 0 { "" } else { "sudo " }
    }
}

/// `user.max_user_namespaces` and its kin.
pub fn limit_name(kind: Namespace) -> String {
    format!("user.max_{}_namespaces", kind.file())
}

/// A file of one number.
pub fn number<T: std::str::FromStr>(path: &str) -> Option<T> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn id_map(path: &str) -> Vec<[u64; 3]> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = |line: &str| {
        let mut numbers = line.split_whitespace().map(|number| number.parse().ok());
        Some([numbers.next()??, numbers.next()??, numbers.next()??])
    };
    text.lines().filter_map(line).collect()
}

/// `docker-default (enforce)` is the profile docker-default.
fn apparmor_profile() -> Option<String> {
    // Newer kernels have a directory of AppArmor's own; in the older file another module may answer instead.
    let only_apparmor = || Path::new("/sys/module/apparmor").exists().then_some("/proc/self/attr/current");
    let text = std::fs::read_to_string("/proc/self/attr/apparmor/current")
        .ok()
        .or_else(|| std::fs::read_to_string(only_apparmor()?).ok())?;
    let profile = text.trim_matches(['\0', '\n']).split(" (").next().unwrap_or_default().to_owned();
    (!profile.is_empty()).then_some(profile)
}

fn same_mount_namespace() -> bool {
    let of = |path: &str| std::fs::read_link(path).ok();
    of("/proc/1/ns/mnt").is_some_and(|first| Some(first) == of("/proc/self/ns/mnt"))
}

pub fn user_name(uid: u32) -> String {
    // Not getpwuid: a static glibc would have to load libraries for it.
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let entry = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    entry
        .into_iter()
        .find(|fields| fields.get(2).is_some_and(|id| id.parse() == Ok(uid)))
        .map_or_else(|| uid.to_string(), |fields| fields[0].to_owned())
}
