#!/bin/sh
# A small container runtime: main.sh COMMAND… starts the command with a host name, a process tree and a mount table of its own.
set -eu

# PID 1: takes what is the container's own, and becomes the command.
container() {
    hostname box
    mounts
    exec "$@"
}

# What is mounted in the container.
mounts() {
    # The mount table is a copy whose mounts are still connected with the host's: what is mounted on this one would appear there.
    mount --make-private /proc
    mount --make-private /
    # proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    mount -t proc -o nosuid,nodev,noexec proc /proc
    mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /tmp
}

case $1 in
    # A PID namespace is for children: with --fork this script goes on as one, and is PID 1. unshare would make all mounts
    # private without being asked; the system call does not, so it is done above.
    --inside) shift; container "$@" ;;
    *) exec unshare --uts --pid --mount --propagation unchanged --fork sh "$0" --inside "$@" ;;
esac
