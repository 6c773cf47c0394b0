#!/bin/sh
# A small container runtime: main.sh ROOT COMMAND… starts the command with a host name, a process tree, a mount table and a
# root file system of its own.
set -eu

# PID 1: takes what is the container's own, and becomes the command.
container() {
    root=$1
    shift
    hostname box
    mounts
    # chroot makes / the working directory as well; the system call does not.
    exec chroot "$root" "$@"
}

# What is mounted in the container, while the paths are still the host's.
mounts() {
    # The mount table is a copy whose mounts are still connected with the host's.
    mount --make-rprivate /
    # proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
    mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
}

case $1 in
    # A PID namespace is for children: with --fork this script goes on as one, and is PID 1. unshare would make all mounts
    # private without being asked; the system call does not, so it is done above.
    --inside) shift; container "$@" ;;
    *) exec unshare --uts --pid --mount --propagation unchanged --fork sh "$0" --inside "$@" ;;
esac
