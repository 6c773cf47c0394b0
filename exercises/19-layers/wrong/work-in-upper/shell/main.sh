#!/bin/sh
# A container runtime: main.sh IMAGE LAYERS VOLUME COMMAND… starts the command with namespaces of its own, as a root that is nobody
# outside: a host name, a process tree with an init, mounts, devices, message queues, clocks, and a network with a cable to the
# host. It has three capabilities and a filter of system calls; what it writes goes to a layer above
# the image, or to a volume.
set -eu

# How the kernel numbers this machine's architecture, and the call mount on it.
case $(uname -m) in
    x86_64) architecture=0xc000003e mount=165 ;;
    aarch64) architecture=0xc00000b7 mount=40 ;;
esac

# PID 1: takes what is the container's own, and stays as its init.
container() {
    # The cable is there when the word comes. If the line ends without it, so does this.
    read -r word < "$1"
    image=$2 layers=$3 volume=$4 root=$3/merged
    shift 4
    hostname box
    mounts
    enter
    # Across execve user 0 gets what is in the bounding set, and others what is in the ambient one; a file may add to neither.
    init "$@"
}

# The init: passes signals on to the command, collects whoever has ended, and ends as the command has ended.
init() {
    # The kernel gives PID 1 only the signals that it has a handler for.
    trap 'kill -TERM "$main"' TERM
    trap 'kill -INT "$main"' INT
    restricted "$@" &
    main=$!
    # wait collects orphans too, whom nobody else here waits for. It returns for each signal, though the command still runs.
    status=0
    wait "$main" || status=$?
    while kill -0 "$main" 2> /dev/null; do
        status=0
        wait "$main" || status=$?
    done
    # With PID 1 the kernel ends all who are left.
    exit "$status"
}

# Becomes the command, without the power that it must not have.
restricted() {
    # The filter is for the command, and so is loaded last of all.
    filter > /tmp/filter
    kept=+chown,+kill,+net_bind_service
    exec setpriv --bounding-set "-all,$kept" --inh-caps "-all,$kept" --ambient-caps "$kept" --no-new-privs --seccomp-filter /tmp/filter "$@"
}

# What is mounted in the container. All of it before the old root is gone: a user namespace may mount a proc only while
# another one is in sight.
mounts() {
    # The mount table is a copy whose mounts are still connected with the host's.
    mount --make-rprivate /
    layered
    # proc shows the PID namespace of whoever mounts it, so this is for the child to do.
    mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
    mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
    devices
    hide
}

# The root: the image, above it the container's own layer, and the volume over one directory of both.
layered() {
    # In a user namespace overlay marks its files with attributes that their owner may set.
    mkdir -p "$layers/upper/work"
    mount -t overlay -o "lowerdir=$image,upperdir=$layers/upper,workdir=$layers/upper/work,userxattr" overlay "$root"
    # An overlay shows directories, and not what is mounted on them. So the volume is bound over the whole.
    mount --bind "$volume" "$root/data"
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

# A filter: a program of the kernel's small machine BPF, which is run before each system call and says what comes of it.
filter() {
    # 0x20 loads a word of what is known of the call. At 4 is the architecture: another one has other numbers.
    instruction 0x20 0 0 4
    # 0x15 compares, and leaves out so many instructions if it is so, or if not.
    instruction 0x15 1 0 $architecture
    # 0x06 ends with an answer: here the end of the process.
    instruction 0x06 0 0 0x80000000
    # At 0 is the number of the call.
    instruction 0x20 0 0 0
    instruction 0x15 0 1 $mount
    # An errno: 1, EPERM.
    instruction 0x06 0 0 0x00050001
    # All others are allowed.
    instruction 0x06 0 0 0x7fff0000
}

# Eight bytes: two of the code, the two jumps, and four of a number, the lowest first.
instruction() {
    byte "$1"; byte 0; byte "$2"; byte "$3"
    byte $(($4 & 255)); byte $(($4 >> 8 & 255)); byte $(($4 >> 16 & 255)); byte $(($4 >> 24 & 255))
}

byte() {
    printf "\\$(printf %03o "$1")"
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
