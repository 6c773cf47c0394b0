//! The table of tools: name, one line of help, function. A tool is added by a line here and its own file.
//! Sorted by name; a test holds it, because tools are found by binary search.

use std::ffi::OsString;

use super::coreutils as uu;
use super::{
    background, burn, caps, clear, eat, free, grep, help, hostname, ip, lsns, mount, nc, nft, nproc, nsenter, nslookup,
};
use super::{ping, pivot_root, ps, setcap, setpriv, shell, tar, tcpdump, umount, unshare, wget, which, why};

/// One tool.
pub struct Tool {
    pub name: &'static str,
    pub help: &'static str,
    pub run: fn(Vec<OsString>) -> i32,
}

macro_rules! table {
    ($($name:literal, $run:path, $help:literal;)+) => {
        pub const TOOLS: &[Tool] = &[$(Tool { name: $name, help: $help, run: $run }),+];
        const NAMES: &[&str] = &[$($name),+];
    };
}

table! {
    "[", uu::test, "test a condition (ends with ])";
    "background", background::run, "start a program stopped: how the shell makes a job (not for you)";
    "basename", uu::basename, "the last part of a path";
    "bash", shell::run, "the shell, as `sh`";
    "burn", burn::run, "use processor time, and say how long that took";
    "caps", caps::run, "the five capability sets of a process, by name";
    "cat", uu::cat, "print files";
    "chmod", uu::chmod, "change permissions";
    "chown", uu::chown, "change owner and group";
    "chroot", uu::chroot, "run a command with another root directory";
    "clear", clear::run, "clear the screen";
    "cp", uu::cp, "copy files";
    "cut", uu::cut, "take columns out of lines";
    "date", uu::date, "print or set the date";
    "df", uu::df, "space on file systems";
    "dirname", uu::dirname, "a path without its last part";
    "du", uu::du, "space that files take";
    "eat", eat::run, "take memory in steps, and keep it";
    "echo", uu::echo, "print arguments";
    "env", uu::env, "print the environment, or run a command in another";
    "false", uu::r#false, "exit with 1";
    "free", free::run, "memory and swap of the machine, from /proc/meminfo";
    "grep", grep::run, "print lines that match";
    "head", uu::head, "the first lines";
    "hostname", hostname::run, "print or set the host name (UTS namespace)";
    "id", uu::id, "user and group ids of this process";
    "ip", ip::run, "links, addresses, routes, neighbours";
    "kill", uu::kill, "send a signal";
    "ln", uu::ln, "make links";
    "ls", uu::ls, "list files";
    "lsns", lsns::run, "list namespaces and who is in them";
    "mkdir", uu::mkdir, "make directories";
    "mkfifo", uu::mkfifo, "make named pipes";
    "mknod", uu::mknod, "make device files";
    "mount", mount::run, "list mounts, mount, bind, change propagation";
    "mv", uu::mv, "move files";
    "nc", nc::run, "make a TCP connection, or wait for one (IPv4)";
    "nft", nft::run, "list, add and delete rules of the packet filter";
    "nl", uu::nl, "number lines";
    "nproc", nproc::run, "how many processors this process may run on";
    "nsenter", nsenter::run, "run a command in another process's namespaces";
    "nslookup", nslookup::run, "ask a name server for an address";
    "ping", ping::run, "send ICMP echo requests (IPv4)";
    "pivot_root", pivot_root::run, "make another mount the root";
    "printenv", uu::printenv, "print environment variables";
    "printf", uu::printf, "print formatted";
    "ps", ps::run, "list processes, from /proc";
    "pwd", uu::pwd, "print the working directory";
    "readlink", uu::readlink, "where a symbolic link points";
    "realpath", uu::realpath, "a path without links and dots";
    "rm", uu::rm, "remove files";
    "rmdir", uu::rmdir, "remove empty directories";
    "seq", uu::seq, "print a sequence of numbers";
    "setcap", setcap::run, "give a program file capabilities";
    "setpriv", setpriv::run, "run a command as another user, or with fewer powers";
    "sh", shell::run, "the shell";
    "sha256sum", uu::sha256sum, "SHA-256 of files";
    "sleep", uu::sleep, "wait";
    "sort", uu::sort, "sort lines";
    "stat", uu::stat, "what the kernel knows of a file";
    "stty", uu::stty, "terminal settings";
    "tail", uu::tail, "the last lines";
    "tar", tar::run, "pack files into one, list, unpack";
    "tcpdump", tcpdump::run, "print packets that pass a link (IPv4)";
    "tee", uu::tee, "copy standard input to files and on";
    "test", uu::test, "test a condition";
    "tools", help::run, "this list";
    "touch", uu::touch, "make a file, or set its times";
    "tr", uu::tr, "translate characters";
    "true", uu::r#true, "exit with 0";
    "tty", uu::tty, "the terminal's name";
    "umount", umount::run, "unmount";
    "uname", uu::uname, "the kernel's name and release";
    "uniq", uu::uniq, "drop repeated lines";
    "unlink", uu::unlink, "remove one file";
    "unshare", unshare::run, "run a command in new namespaces";
    "wc", uu::wc, "count lines, words, bytes";
    "wget", wget::run, "fetch a page over HTTP";
    "which", which::run, "what a command name would run";
    "whoami", uu::whoami, "the name of the effective user";
    "why", why::run, "run a command, and say why it failed";
}

pub const fn names() -> &'static [&'static str] {
    NAMES
}

pub fn find(name: &str) -> Option<&'static Tool> {
    Some(&TOOLS[TOOLS.binary_search_by(|tool| tool.name.cmp(name)).ok()?])
}

/// Whether there is such a tool. Called between fork and exec: it allocates nothing.
pub fn is_tool(name: &[u8]) -> bool {
    NAMES.binary_search_by(|tool| tool.as_bytes().cmp(name)).is_ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_sorted() {
        assert!(super::NAMES.is_sorted());
    }
}
