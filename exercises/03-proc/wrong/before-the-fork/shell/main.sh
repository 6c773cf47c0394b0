#!/bin/sh
# A small container runtime: main.sh COMMAND… starts the command with a host name and a process tree of its own, and a proc that
# shows it.
set -eu

# PID 1: takes what is the container's own, and becomes the command.
container() {
    hostname box
    exec "$@"
}

# What is mounted in the container.
mounts() {
    # The mount table is a copy whose mounts are still connected with the host's: what is mounted on this one would appear there.
    mount --make-private /proc
    mount -t proc -o nosuid,nodev,noexec proc /proc
}

case $1 in
    # A PID namespace is for children: with --fork this script goes on as one, and is PID 1. unshare would make all mounts
    # private without being asked; the system call does not, so it is done above.
    --inside) shift; container "$@" ;;
    --mounts) shift; mounts; exec unshare --uts --pid --fork sh "$0" --inside "$@" ;;
    *) exec unshare --mount --propagation unchanged sh "$0" --mounts "$@" ;;
esac
