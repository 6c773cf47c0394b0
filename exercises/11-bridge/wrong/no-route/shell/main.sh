#!/bin/sh
# Starts the command that it is given twice, in network namespaces of their own, on one switch.

# The host's part: a switch, the right to forward, and an address that can be answered.
switch() {
    ip link add br0 type bridge
    ip addr add 10.88.0.1/24 dev br0
    ip link set br0 up
    echo 1 > /proc/sys/net/ipv4/ip_forward
    nft 'table ip nat { chain postrouting { type nat hook postrouting priority 100; ip saddr 10.88.0.0/24 oifname != "br0" masquerade; } }'
}

# A cable from the switch to a process: its number, the name of the cable, and the address at the far end.
plug() {
    ip link add "v$2" type veth peer name "p$2"
    ip link set "p$2" netns "$1" name eth0
    ip link set "v$2" master br0 up
    # Only the network namespace is entered: the tools are the host's.
    inside="nsenter --target $1 --net"
    $inside ip link set lo up
    $inside ip addr add "$3/24" dev eth0
    $inside ip link set eth0 up
}

# A container: its name, its address, and the command. It waits for its cable before it becomes the command.
container() {
    name=$1 address=$2
    shift 2
    mkfifo "/tmp/$name"
    unshare --net sh -c 'read -r word < "/tmp/$0"; exec "$@"' "$name" "$@" "$name" &
    # The redirection waits until the container has come as far as to read: by then it has its namespace. The end of it
    # is the word to go on.
    plug $! "$name" "$address" > "/tmp/$name"
    rm "/tmp/$name"
}

switch
container one 10.88.0.2 "$@"
container two 10.88.0.3 "$@"
wait
