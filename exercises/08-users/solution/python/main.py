"""Starts the command that it is given as user 0 of a user namespace of its own."""

import ctypes
import os
import sys

CLONE_NEWUSER = 0x10000000

libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags):
    # os.unshare is there since Python 3.12; this works with older ones too.
    if libc.unshare(flags) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno), "unshare")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


# Afterwards both are 65534, since no map is there yet.
user, group = os.geteuid(), os.getegid()
unshare(CLONE_NEWUSER)
# The map of groups is taken only after `deny`.
write("/proc/self/setgroups", "deny")
write("/proc/self/gid_map", f"0 {group} 1")
write("/proc/self/uid_map", f"0 {user} 1")
# exec keeps the descriptors that Python has not opened itself.
os.execvp(sys.argv[1], sys.argv[1:])
