"""A small container runtime: main.py ROOT COMMAND… starts the command with a host name, a process tree, a mount table and a
root file system of its own, as a root that is nobody outside."""

import ctypes
import os
import socket
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWPID = 0x20000000
MS_RDONLY = 1 << 0
MS_NOSUID = 1 << 1
MS_NODEV = 1 << 2
MS_NOEXEC = 1 << 3
MS_REMOUNT = 1 << 5
MS_BIND = 1 << 12
MS_REC = 1 << 14
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

# Python has os.unshare since 3.12 only, and neither mount nor pivot_root. The C library of this very process has
# them.
libc = ctypes.CDLL(None, use_errno=True)


def main(root, command):
    # Whoever is in the user namespace has no power outside any more. The child goes, and this process stays.
    child = os.fork()
    if child == 0:
        namespaces(root, command)
    return status_of(child)


def namespaces(root, command):
    """Takes all namespaces, and starts PID 1."""
    user_namespace()
    # They belong to the user namespace that their maker is in, and its user 0 has power over them.
    call("unshare", CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS)
    # The call has moved this process for all kinds but one: the PID namespace is for the child.
    child = os.fork()
    if child == 0:
        container(root, command)
    sys.exit(status_of(child))


def user_namespace():
    """A user namespace in which the caller is user 0, and nobody else is there."""
    # Afterwards both are 65534, since no map is there yet.
    user, group = os.geteuid(), os.getegid()
    call("unshare", CLONE_NEWUSER)
    # A group may be there to keep its members out of something. So the map of groups is taken only if nobody can leave one.
    write("/proc/self/setgroups", "deny")
    write("/proc/self/gid_map", f"0 {group} 1")
    write("/proc/self/uid_map", f"0 {user} 1")


def container(root, command):
    """PID 1: takes what is the container's own, and becomes the command."""
    socket.sethostname("box")
    mounts(root)
    enter(root)
    os.execvp(command[0], command)


def mounts(root):
    """What is mounted in the container. All of it before the old root is gone: a user namespace may mount a proc only while
    another one is in sight."""
    # The mount table is a copy whose mounts are still connected with the host's.
    mount(None, "/", None, MS_PRIVATE | MS_REC)
    # pivot_root exchanges mounts, and the root is only a directory. Bound onto itself it is a mount.
    mount(root, root, None, MS_BIND | MS_REC)
    # proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount("tmpfs", f"{root}/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    devices(f"{root}/dev")
    hide(f"{root}/proc", f"{root}/dev/null")


def devices(dev):
    """An empty file system, in which is what every program expects, and nothing else of the host's."""
    # Not for everybody to write: in a directory with mode 1777 the kernel refuses `> /dev/null`.
    mount("tmpfs", dev, "tmpfs", MS_NOSUID, "mode=755")
    # A user namespace may not make device files. The host's are shown instead, each bound onto an empty file.
    for name in "null", "zero", "full", "random", "urandom", "tty":
        write(f"{dev}/{name}", "")
        mount(f"/dev/{name}", f"{dev}/{name}", None, MS_BIND)
    # Terminals of its own, numbered from 0. Everybody may open a new one.
    os.mkdir(f"{dev}/pts")
    mount("devpts", f"{dev}/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    os.mkdir(f"{dev}/shm")
    mount("tmpfs", f"{dev}/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777")
    links = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
    for name, to in links.items():
        os.symlink(to, f"{dev}/{name}")


def hide(proc, null):
    """What proc shows of the whole machine: settings may be read, and the rest is covered."""
    safe = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY
    for path in there(proc, "bus", "fs", "irq", "sys", "sysrq-trigger"):
        # A bind mount takes its flags only by a second call.
        mount(path, path, None, MS_BIND)
        mount(None, path, None, MS_REMOUNT | MS_BIND | safe)
    for path in there(proc, "interrupts", "kcore", "keys", "sched_debug", "timer_list"):
        mount(null, path, None, MS_BIND)
    for path in there(proc, "acpi", "scsi"):
        mount("tmpfs", path, "tmpfs", safe)


def there(proc, *names):
    """Not every kernel has all of them."""
    return [path for path in (f"{proc}/{name}" for name in names) if os.path.exists(path)]


def enter(root):
    """Makes the mount at `root` the root of the mount namespace, and takes the old one away."""
    os.chdir(root)
    # The old root comes to lie on the new one, so no directory is needed for it.
    call("pivot_root", b".", b".")
    # Other mounts are below it and keep it busy, so it is detached with all of them.
    call("umount2", b".", MNT_DETACH)
    os.chdir("/")


def status_of(child):
    """Waits for the container. Its exit status, as a shell would say it."""
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status >= 0 else 128 - status


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def mount(source, at, kind, flags, options=None):
    texts = [None if text is None else os.fsencode(text) for text in (source, at, kind, options)]
    call("mount", *texts[:3], ctypes.c_ulong(flags), texts[3])


def call(name, *arguments):
    """A function of the C library, which says by -1 that it has failed."""
    if getattr(libc, name)(*arguments) == -1:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{name}: {os.strerror(errno)}")


sys.exit(main(sys.argv[1], sys.argv[2:]))
