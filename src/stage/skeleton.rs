//! What the lab host's root file system holds: a few directories and files, the same on every machine.
//! Nothing in it comes from the learner's machine but six devices and Boxlab's own binary, which are bind mounts.

/// Directories, parents first.
pub const DIRECTORIES: [&str; 14] =
    ["bin", "dev", "dev/pts", "dev/shm", "etc", "home", "mnt", "proc", "root", "run", "srv", "sys", "tmp", "var"];

/// Files and what they hold.
pub const FILES: [(&str, &str); 7] = [
    ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    ("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    ("etc/hostname", "labhost\n"),
    ("etc/hosts", "127.0.0.1 localhost labhost\n"),
    ("etc/os-release", "NAME=\"Boxlab lab host\"\nID=boxlab\n"),
    ("etc/motd", "This is the lab host.\n"),
    // Lesson 06 reads this one from a chroot that should not let it.
    ("root/secret", "the lab host's secret: 4711\n"),
];

/// Devices that are bound from the learner's machine, where a user namespace may not make any.
pub const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// The lab host's name.
pub const HOSTNAME: &str = "labhost";
