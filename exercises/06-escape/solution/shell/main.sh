#!/bin/sh
# Starts the command that it is given, outside of the directory that this program is locked into by chroot(2).
# PID 1 is not locked in, and this link leads to the root directory that it has.
exec chroot /proc/1/root "$@"
