#!/bin/sh
# A small container runtime: main.sh ROOT COMMAND… starts the command with a host name, a process tree, a mount table and a
# root file system of its own, as a root that is nobody outside; it has message queues of its own, runs for ten days
# already, and has a network of its own, with a cable to the host.
set -eu

# PID 1: takes what is the container's own, and becomes the command.
container() {
    # The cable is there when the word comes. If the line ends without it, so does this.
    read -r word < "$1"
    root=$2
    shift 2
    hostname box
    mounts
    enter
    # TODO: with no other capabilities than chown, kill and net_bind_service, for good.
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
    # Not for everybody to write: in a directory with mode 1777 the kernel refuses `> /dev/null`.
    mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/dev"
    # A user namespace may not make device files. The host's are shown instead, each bound onto an empty file.
    for device in null zero full random urandom tty; do
        : > "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    # Terminals of its own, numbered from 0. Everybody may open a new one.
    mkdir "$root/dev/pts" "$root/dev/shm"
    mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
    ln -s pts/ptmx "$root/dev/ptmx"
    mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 tmpfs "$root/dev/shm"
    # What bash calls <(…), and scripts /dev/stderr.
    ln -s /proc/self/fd "$root/dev/fd"
    ln -s fd/0 "$root/dev/stdin"
    ln -s fd/1 "$root/dev/stdout"
    ln -s fd/2 "$root/dev/stderr"
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

# A cable: one end is the host's, the other one goes to process $1, where it is eth0.
network() {
    ip link add veth0 type veth peer name ceth0
    ip link set ceth0 netns "$1" name eth0
    ip addr add 10.88.0.1/24 dev veth0
    ip link set veth0 up
    # Only the network namespace is entered: the tools are the host's, and the container's root need not have any.
    nsenter --target "$1" --net ip link set lo up
    nsenter --target "$1" --net ip addr add 10.88.0.2/24 dev eth0
    nsenter --target "$1" --net ip link set eth0 up
}

# Starts the container in its namespaces, lays its cable, and waits for its end.
start() {
    line=/tmp/line.$$
    mkfifo "$line"
    # The user namespace comes first, and the others belong to it. unshare writes its maps, as that has to be done before the
    # next program is executed: only user 0 keeps its capabilities then. In the background, as somebody is to stay who has
    # power outside. The clock is set before the first process is in the new time namespace.
    unshare --user --map-root-user --uts --ipc --pid --net --time --boottime 864000 --mount --propagation unchanged \
        --fork sh "$0" --inside "$line" "$@" &
    # To open the line is to wait for the container, which has its namespaces when it reads.
    { network $!; echo go; } > "$line"
    rm "$line"
    wait $!
}

case $1 in
    # A PID namespace is for children: with --fork this script goes on as one, and is PID 1. unshare would make all mounts
    # private without being asked; the system call does not, so it is done above.
    --inside) shift; container "$@" ;;
    *) start "$@" ;;
esac
