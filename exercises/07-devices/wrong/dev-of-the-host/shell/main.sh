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

# What is mounted in the container. All of it before the old root is gone: a user namespace may mount a proc only while
# another one is in sight.
mounts() {
    # The mount table is a copy whose mounts are still connected with the host's.
    mount --make-rprivate /
    # pivot_root exchanges mounts, and the root is only a directory. Bound onto itself it is a mount.
    mount --rbind "$root" "$root"
    # proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
    mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
    devices
    hide
}

# /dev: an empty file system, in which is what every program expects, and nothing else of the host's.
devices() {
    # Everything is there already.
    mount --rbind /dev "$root/dev"
}

# What proc shows of the whole machine: settings may be read, and the rest is covered.
hide() {
    for path in bus fs irq sys sysrq-trigger; do
        [ -e "$root/proc/$path" ] || continue
        # A bind mount takes its flags only by a second call.
        mount --bind "$root/proc/$path" "$root/proc/$path"
        mount -o remount,bind,ro,nosuid,nodev,noexec "$root/proc/$path"
    done
    for path in interrupts kcore keys sched_debug timer_list; do
        [ -e "$root/proc/$path" ] || continue
        mount --bind "$root/dev/null" "$root/proc/$path"
    done
    for path in acpi scsi; do
        [ -e "$root/proc/$path" ] || continue
        mount -t tmpfs -o ro,nosuid,nodev,noexec tmpfs "$root/proc/$path"
    done
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
}

case $1 in
    # A PID namespace is for children: with --fork this script goes on as one, and is PID 1. unshare would make all mounts
    # private without being asked; the system call does not, so it is done above.
    --inside) shift; container "$@" ;;
    *) exec unshare --uts --pid --mount --propagation unchanged --fork sh "$0" --inside "$@" ;;
esac
