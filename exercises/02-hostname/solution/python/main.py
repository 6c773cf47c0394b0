"""Starts the command that it is given in a UTS namespace of its own, in which the host's name is box."""

import ctypes
import os
import socket
import sys

CLONE_NEWUTS = 0x04000000

# Python has os.unshare since 3.12 only. The C library of this very process has it.
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """A function of the C library, which says by -1 that it has failed."""
    if getattr(libc, name)(*arguments) == -1:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{name}: {os.strerror(errno)}")


command = sys.argv[1:]
# From here on the name is this process' own.
call("unshare", CLONE_NEWUTS)
socket.sethostname("box")
os.execvp(command[0], command)
