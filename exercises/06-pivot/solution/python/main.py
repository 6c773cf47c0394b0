"""A small container runtime: main.py ROOT COMMAND… starts the command with a host name, a process tree, a mount table and a
root file system of its own."""

import ctypes
import os
import socket
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWPID = 0x20000000
MS_NOSUID = 1 << 1
MS_NODEV = 1 << 2
MS_NOEXEC = 1 << 3
MS_BIND = 1 << 12
MS_REC = 1 << 14
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

# Python has os.unshare since 3.12 only, and neither mount nor pivot_root. The C library of this very process has
# them.
libc = ctypes.CDLL(None, use_errno=True)


def main(root, command):
    call("unshare", CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS)
    # The call has moved this process for all kinds but one: the PID namespace is for the child.
    child = os.fork()
    if child == 0:
        container(root, command)
    return status_of(child)


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


def mount(source, at, kind, flags, options=None):
    texts = [None if text is None else os.fsencode(text) for text in (source, at, kind, options)]
    call("mount", *texts[:3], ctypes.c_ulong(flags), texts[3])


def call(name, *arguments):
    """A function of the C library, which says by -1 that it has failed."""
    if getattr(libc, name)(*arguments) == -1:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{name}: {os.strerror(errno)}")


sys.exit(main(sys.argv[1], sys.argv[2:]))
