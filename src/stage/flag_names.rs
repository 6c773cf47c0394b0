//! The names of flags, as the manual pages of the calls have them.

pub const NAMESPACES: &[(u64, &str)] = &[
    (0x0000_0080, "CLONE_NEWTIME"),
    (0x0002_0000, "CLONE_NEWNS"),
    (0x0200_0000, "CLONE_NEWCGROUP"),
    (0x0400_0000, "CLONE_NEWUTS"),
    (0x0800_0000, "CLONE_NEWIPC"),
    (0x1000_0000, "CLONE_NEWUSER"),
    (0x2000_0000, "CLONE_NEWPID"),
    (0x4000_0000, "CLONE_NEWNET"),
];
/// What else of clone(2) is shown beside them: it decides whether the kernel takes them.
pub const BESIDE: &[(u64, &str)] = &[(0x100, "CLONE_VM"), (0x200, "CLONE_FS"), (0x1_0000, "CLONE_THREAD")];
pub const MOUNT: &[(u64, &str)] = &[
    (0x1, "MS_RDONLY"),
    (0x2, "MS_NOSUID"),
    (0x4, "MS_NODEV"),
    (0x8, "MS_NOEXEC"),
    (0x20, "MS_REMOUNT"),
    (0x1000, "MS_BIND"),
    (0x2000, "MS_MOVE"),
    (0x4000, "MS_REC"),
    (0x8000, "MS_SILENT"),
    (0x2_0000, "MS_UNBINDABLE"),
    (0x4_0000, "MS_PRIVATE"),
    (0x8_0000, "MS_SLAVE"),
    (0x10_0000, "MS_SHARED"),
    (0x20_0000, "MS_RELATIME"),
];
pub const OPEN_TREE: &[(u64, &str)] = &[(1, "OPEN_TREE_CLONE"), (0x1000, "AT_EMPTY_PATH"), (0x8000, "AT_RECURSIVE")];
pub const MOVE_MOUNT: &[(u64, &str)] = &[(4, "MOVE_MOUNT_F_EMPTY_PATH"), (0x200, "MOVE_MOUNT_BENEATH")];
/// What mount_setattr(2) sets.
pub const MOUNT_ATTR: &[(u64, &str)] =
    &[(0x1, "MOUNT_ATTR_RDONLY"), (0x2, "MOUNT_ATTR_NOSUID"), (0x4, "MOUNT_ATTR_NODEV"), (0x8, "MOUNT_ATTR_NOEXEC")];
pub const UMOUNT: &[(u64, &str)] = &[(1, "MNT_FORCE"), (2, "MNT_DETACH"), (4, "MNT_EXPIRE"), (8, "UMOUNT_NOFOLLOW")];
pub const OPEN: &[(u64, &str)] = &[
    (0, "O_RDONLY"),
    (0x1, "O_WRONLY"),
    (0x2, "O_RDWR"),
    (0x40, "O_CREAT"),
    (0x80, "O_EXCL"),
    (0x200, "O_TRUNC"),
    (0x400, "O_APPEND"),
];
/// The flags of msgget(2), without the permission bits.
pub const QUEUE: &[(u64, &str)] = &[(0x200, "IPC_CREAT"), (0x400, "IPC_EXCL")];
/// What sigprocmask(2) is to do.
pub const MASK: &[(u64, &str)] = &[(0, "SIG_BLOCK"), (1, "SIG_UNBLOCK"), (2, "SIG_SETMASK")];
/// Whose addresses a socket(2) has, and what it speaks.
pub const FAMILIES: &[(u64, &str)] =
    &[(1, "AF_UNIX"), (2, "AF_INET"), (10, "AF_INET6"), (16, "AF_NETLINK"), (17, "AF_PACKET")];
pub const PROTOCOLS: &[(u64, &str)] = &[(1, "IPPROTO_ICMP"), (6, "IPPROTO_TCP"), (17, "IPPROTO_UDP")];
/// The clock that clock_settime(2) can set.
pub const CLOCKS: &[(u64, &str)] = &[(0, "CLOCK_REALTIME")];
pub const REMOVE: &[(u64, &str)] = &[(0x200, "AT_REMOVEDIR")];

pub const SECCOMP: &[(u64, &str)] = &[(1, "SECCOMP_SET_MODE_FILTER")];
pub const LOOK: &[(u64, &str)] = &[(0x100, "AT_SYMLINK_NOFOLLOW"), (0x1000, "AT_EMPTY_PATH")];
