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
    enter
    exec "$@"
}

# What is mounted in the container before it has its root.
mounts() {
    # The mount table is a copy whose mounts are still connected with the host's.
    mount --make-rprivate /
    # pivot_root exchanges mounts, and the root is only a directory. Bound onto itself it is a mount.
    mount --rbind "$root" "$root"
    mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
}

# Makes the mount at $root the root of the mount namespace, and takes the old one away.
enter() {
    cd "$root"
    # The old root comes to lie on the new one, so no directory is needed for it.
    pivot_root . .
    # Other mounts are below it and keep it busy, so it is detached with all of them. From here on there are only the tools of
    # the new root.
    umount -l .
    cd /
    # proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    mount -t proc -o nosuid,nodev,noexec proc /proc
}

case $1 in
    # A PID namespace is for children: with --fork this script goes on as one, and is PID 1. unshare would make all mounts
    # private without being asked; the system call does not, so it is done above.
    --inside) shift; container "$@" ;;
    *) exec unshare --uts --pid --mount --propagation unchanged --fork sh "$0" --inside "$@" ;;
esac
