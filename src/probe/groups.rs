//! The witness of control groups: the stage's own reading of their files (cgroups(7)), with names that both versions
//! share. The trees are held open since the start, so that nothing a lesson mounts can cover them. Numbers that differ
//! from run to run (the highest use of memory, how often something was throttled) are told as words.

use super::outside::Proc;
use crate::evidence::Value;
use crate::evidence::fact::GroupKey;
use crate::kernel::cgroups::{Layout, directory};
use crate::kernel::error::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::sync::OnceLock;

/// The trees of this lab; said once by the stage, and inherited by the agents.
static LAB: OnceLock<Layout> = OnceLock::new();

/// Says which trees the lab has.
pub fn remember(layout: &Layout) {
    LAB.set(layout.clone()).ok();
}

/// The trees of this lab, if it has any.
pub fn lab() -> Option<&'static Layout> {
    LAB.get()
}

/// The trees, held open.
#[derive(Debug)]
pub struct Trees {
    version: u8,
    /// Version 1: the controller of each.
    trees: Vec<(String, OwnedFd)>,
}

impl Trees {
    /// Opens those that the lab host has mounted. Errors: as open(2).
    pub fn open(layout: &Layout) -> nix::Result<Trees> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let open = |(name, _): &(String, String)| {
            Ok((name.clone(), nix::fcntl::open(directory(name, "/").as_str(), flags, Mode::empty())?))
        };
        Ok(Trees { version: layout.version, trees: layout.trees.iter().map(open).collect::<nix::Result<_>>()? })
    }

    fn in_tree(&self, tree: &OwnedFd, group: &str, file: &str) -> nix::Result<String> {
        let path = format!("./{}/{file}", group.trim_matches('/'));
        let opened = openat(tree, path.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
        let mut text = String::new();
        File::from(opened).read_to_string(&mut text).map_err(|error| Errno::from_io(&error))?;
        Ok(text)
    }

    /// A file of a group: of version 1 in the tree of this controller; of version 2 there is one tree.
    fn read(&self, controller: &str, group: &str, file: &str) -> nix::Result<String> {
        let named = |(name, _): &&(String, OwnedFd)| self.version == 2 || controller.is_empty() || name == controller;
        let mut trees = self.trees.iter().filter(named);
        // What no controller owns is read where the group is: a program may have made it in one tree only.
        let there = |(_, tree): &&(String, OwnedFd)| self.in_tree(tree, group, "cgroup.procs").is_ok();
        let found = if controller.is_empty() { trees.find(there) } else { trees.next() };
        let (_, tree) = found.ok_or(nix::errno::Errno::ENOENT)?;
        self.in_tree(tree, group, file)
    }

    /// One word of a file of the form `key value` a line.
    fn word(&self, controller: &str, group: &str, file: &str, key: &str) -> nix::Result<String> {
        let text = self.read(controller, group, file)?;
        word(&text, key).map(str::to_owned).ok_or(nix::errno::Errno::ENOENT)
    }

    /// The fact. `name_of` gives the name of a process by its number in the lab host.
    pub fn fact(&self, key: &GroupKey, name_of: &dyn Fn(i32) -> String) -> Value {
        match self.value(&key.group, &key.what, name_of) {
            Ok(value) => value,
            Err(nix::errno::Errno::ENOENT | nix::errno::Errno::ENODEV) => Value::Absent,
            Err(errno) => Value::Unreadable(Errno(errno)),
        }
    }

    fn value(&self, group: &str, what: &str, name_of: &dyn Fn(i32) -> String) -> nix::Result<Value> {
        let two = self.version == 2;
        let text = |text: String| Value::Text(text.trim_end().to_owned());
        let plain = |controller: &str, file: &str| self.read(controller, group, file).map(text);
        let yes = |word: &str| Value::Text(if word == "1" { "yes" } else { "no" }.to_owned());
        match what {
            "processes" => {
                let list = self.read("", group, "cgroup.procs")?;
                let pids = list.lines().filter_map(|line| line.trim().parse().ok());
                let mut pids: Vec<i32> = pids.collect();
                // In no order, says cgroups(7).
                pids.sort_unstable();
                Ok(Value::List(pids.into_iter().map(name_of).collect()))
            }
            "controllers" if two => self.read("", group, "cgroup.controllers").map(|text| list(&text)),
            "controllers" => {
                let there = |(_, tree): &&(String, OwnedFd)| self.in_tree(tree, group, "cgroup.procs").is_ok();
                let names: Vec<String> = self.trees.iter().filter(there).map(|(name, _)| name.clone()).collect();
                Ok(if names.is_empty() { Value::Absent } else { Value::List(names) })
            }
            "enabled" => self.read("", group, "cgroup.subtree_control").map(|text| list(&text)),
            "type" => plain("", "cgroup.type"),
            "delegated" => self.delegated(group),
            "populated" => self.word("", group, "cgroup.events", "populated").map(|word| yes(&word)),
            "frozen" if two => self.word("", group, "cgroup.events", "frozen").map(|word| yes(&word)),
            "frozen" => self.read("freezer", group, "freezer.state").map(|state| match state.trim() {
                "FROZEN" => yes("1"),
                "THAWED" => yes("0"),
                _ => Value::Text("not yet".to_owned()),
            }),
            "pids.max" => plain("pids", "pids.max"),
            "pids.refused" => self.word("pids", group, "pids.events", "max").map(Value::Text),
            _ if what.starts_with("memory.") => self.memory(group, what),
            _ => self.cpu(group, what),
        }
    }

    fn memory(&self, group: &str, what: &str) -> nix::Result<Value> {
        let two = self.version == 2;
        let read = |second: &str, first: &str| self.read("memory", group, if two { second } else { first });
        let limit = || read("memory.max", "memory.limit_in_bytes");
        match what {
            "memory.max" => limit().map(|text| size(&text)),
            "memory.high" => read("memory.high", "memory.high").map(|text| size(&text)),
            "memory.swap.max" if two => read("memory.swap.max", "").map(|text| size(&text)),
            // There is no limit for swap alone; but whether anything is swapped at all, or could be within that of both.
            "memory.swap.max" => read("", "memory.swappiness").map(|text| {
                let both = read("", "memory.memsw.limit_in_bytes").ok();
                let none = limit().is_ok_and(|limit| both == Some(limit.clone()) && size(&limit) != size("max"));
                Value::Text(if text.trim() == "0" || none { "0" } else { "max" }.to_owned())
            }),
            "memory.oom_kill" if two => self.word("memory", group, "memory.events", "oom_kill").map(Value::Text),
            "memory.oom_kill" => self.word("memory", group, "memory.oom_control", "oom_kill").map(Value::Text),
            "memory.slowed" => self.word("memory", group, "memory.events", "high").map(|count| some(&count)),
            "memory.peak" => {
                let (peak, limit) = (read("memory.peak", "memory.max_usage_in_bytes")?, limit()?);
                let word = if peak.trim() == limit.trim() { "at the limit" } else { "below the limit" };
                Ok(Value::Rounded { text: word.to_owned(), raw: peak.trim().to_owned() })
            }
            _ => Err(nix::errno::Errno::ENOENT),
        }
    }

    fn cpu(&self, group: &str, what: &str) -> nix::Result<Value> {
        let read = |file: &str| self.read("cpu", group, file).map(|text| text.trim().to_owned());
        match what {
            "cpu.max" if self.version == 2 => read("cpu.max").map(Value::Text),
            "cpu.max" => {
                let (quota, period) = (read("cpu.cfs_quota_us")?, read("cpu.cfs_period_us")?);
                let quota = if quota == "-1" { "max".to_owned() } else { quota };
                Ok(Value::Text(format!("{quota} {period}")))
            }
            "cpu.weight" if self.version == 2 => read("cpu.weight").map(Value::Text),
            "cpu.weight" => {
                let shares: u64 = read("cpu.shares")?.parse().map_err(|_| nix::errno::Errno::EIO)?;
                // 1024 shares are the weight 100.
                Ok(Value::Text(((shares * 100 + 512) / 1024).to_string()))
            }
            "cpu.throttled" => self.word("cpu", group, "cpu.stat", "nr_throttled").map(|count| some(&count)),
            _ => Err(nix::errno::Errno::ENOENT),
        }
    }

    /// What of the group belongs to the lab's root, so that it may write there.
    fn delegated(&self, group: &str) -> nix::Result<Value> {
        let (_, tree) = self.trees.first().ok_or(nix::errno::Errno::ENOENT)?;
        let owned = |file: &str| -> nix::Result<bool> {
            let path = format!("./{}/{file}", group.trim_matches('/'));
            let about = nix::sys::stat::fstatat(tree, path.as_str(), nix::fcntl::AtFlags::empty())?;
            Ok(about.st_uid == 0)
        };
        let mut names = Vec::new();
        for (file, name) in [("", "the directory"), ("cgroup.procs", "cgroup.procs")] {
            if owned(file)? {
                names.push(name.to_owned());
            }
        }
        if owned("cgroup.subtree_control").unwrap_or(false) {
            names.push("cgroup.subtree_control".to_owned());
        }
        Ok(Value::List(names))
    }

    /// The group of a process, in the tree of this controller.
    fn group_of(&self, proc: &Proc, pid: i32, controller: &str) -> Option<String> {
        let mut text = String::new();
        proc.file(pid, "cgroup").ok()?.read_to_string(&mut text).ok()?;
        text.lines().find_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            let (controllers, path) = (fields.next()?, fields.next()?);
            let fits = match self.version {
                2 => controllers.is_empty(),
                _ => controllers.split(',').any(|it| it == controller),
            };
            fits.then(|| path.to_owned())
        })
    }

    /// The limit of a group's memory, and whether it is ended as a whole.
    pub fn memory_limits(&self, group: &str) -> (Option<u64>, bool) {
        let file = if self.version == 2 { "memory.max" } else { "memory.limit_in_bytes" };
        let limit = self.read("memory", group, file).ok().and_then(|text| text.trim().parse().ok());
        (limit, self.read("memory", group, "memory.oom.group").is_ok_and(|text| text.trim() == "1"))
    }

    pub fn version(&self) -> u8 {
        self.version
    }

    /// Whether a process is frozen by its group or one above, and so answers nobody. Of version 2 what was asked for counts:
    /// while one of the group dies, `cgroup.events` says for a moment that it is not frozen, and the others are.
    pub fn is_frozen(&self, proc: &Proc, pid: i32) -> bool {
        let Some(own) = self.group_of(proc, pid, "freezer") else { return false };
        if self.version != 2 {
            return self.read("freezer", &own, "freezer.state").is_ok_and(|state| state.trim() != "THAWED");
        }
        let asked = |group: &str| self.read("", group, "cgroup.freeze").is_ok_and(|text| text.trim() == "1");
        std::path::Path::new(&own).ancestors().any(|group| asked(&group.display().to_string()))
    }

    /// Whether a process is in this group or one below it.
    pub fn is_in(&self, proc: &Proc, pid: i32, group: &str) -> bool {
        let own = self.group_of(proc, pid, "freezer");
        own.is_some_and(|own| std::path::Path::new(&own).starts_with(format!("/{}", group.trim_matches('/'))))
    }

    /// Whether its group, or one above, has as many processes as it may.
    pub fn is_full(&self, proc: &Proc, pid: i32) -> bool {
        let Some(own) = self.group_of(proc, pid, "pids") else { return false };
        let number = |group: &str, file: &str| self.read("pids", group, file).ok()?.trim().parse::<u64>().ok();
        let full = |group: &str| Some(number(group, "pids.current")? >= number(group, "pids.max")?);
        std::path::Path::new(&own).ancestors().any(|group| full(&group.display().to_string()) == Some(true))
    }
}

fn list(text: &str) -> Value {
    Value::List(text.split_whitespace().map(str::to_owned).collect())
}

/// A count that differs from run to run.
fn some(count: &str) -> Value {
    let text = if count.trim() == "0" { "no" } else { "yes" }.to_owned();
    Value::Rounded { text, raw: count.trim().to_owned() }
}

/// `20M` for 20971520. Version 1 has no word for no limit, but a number that is too large to be one.
fn size(text: &str) -> Value {
    let text = text.trim();
    let Ok(bytes) = text.parse::<u64>() else { return Value::Text(text.to_owned()) };
    let unit =
        [(30, "G"), (20, "M"), (10, "K")].into_iter().find(|(bits, _)| bytes > 0 && bytes.trailing_zeros() >= *bits);
    Value::Text(match unit {
        _ if bytes > 1 << 60 => "max".to_owned(),
        Some((bits, unit)) => format!("{}{unit}", bytes >> bits),
        None => bytes.to_string(),
    })
}

/// The path of a process' group in the trees of the lab, from its file `cgroup`: each that differs once.
pub fn path(layout: &Layout, text: &str) -> String {
    let mut paths: Vec<&str> = Vec::new();
    for line in text.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let own = match layout.version {
            2 => controllers.is_empty(),
            _ => layout.trees.iter().any(|(_, options)| options == controllers),
        };
        if own && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.join(", ")
}

/// What stands behind a key in a file of the form `key value` a line, as cpu.stat and memory.events are (cgroups(7)).
pub fn word<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_and_no_limit_is_a_word() {
        for (text, shown) in
            [("20971520\n", "20M"), ("9223372036854771712", "max"), ("max", "max"), ("0", "0"), ("4097", "4097")]
        {
            assert_eq!(size(text), Value::Text(shown.to_owned()), "{text}");
        }
    }

    #[test]
    fn of_all_trees_those_of_the_lab_count() {
        let text = "9:name=systemd:/\n8:pids:/box\n6:freezer:/box\n1:cpu,cpuacct:/other\n0::/lab\n";
        let tree = |name: &str, options: &str| (name.to_owned(), options.to_owned());
        let one = Layout { version: 1, trees: vec![tree("freezer", "freezer"), tree("pids", "pids")] };
        assert_eq!(path(&one, text), "/box");
        let two = Layout { version: 2, trees: vec![tree("", "")] };
        assert_eq!(path(&two, text), "/lab");
    }
}
