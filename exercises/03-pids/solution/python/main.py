"""A small container runtime: main.py COMMAND… starts the command with a host name and a process tree of its own."""

import ctypes
import os
import socket
import sys

CLONE_NEWUTS = 0x04000000
CLONE_NEWPID = 0x20000000

# Python has os.unshare since 3.12 only. The C library of this very process has it.
libc = ctypes.CDLL(None, use_errno=True)


def main(command):
    call("unshare", CLONE_NEWUTS | CLONE_NEWPID)
    # The call has moved this process to the UTS namespace. The PID namespace is for the child.
    child = os.fork()
    if child == 0:
        container(command)
    return status_of(child)


def container(command):
    """PID 1: takes what is the container's own, and becomes the command."""
    socket.sethostname("box")
    os.execvp(command[0], command)


def status_of(child):
    """Waits for the container. Its exit status, as a shell would say it."""
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status if status >= 0 else 128 - status


def call(name, *arguments):
    """A function of the C library, which says by -1 that it has failed."""
    if getattr(libc, name)(*arguments) == -1:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{name}: {os.strerror(errno)}")


sys.exit(main(sys.argv[1:]))
