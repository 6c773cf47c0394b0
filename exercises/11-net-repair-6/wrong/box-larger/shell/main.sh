#!/bin/sh
# Mends the network of a box, then starts the command that it is given. $1 is the PID of a process in the box.
box=$1
shift
nsenter --target $box --net ip link set eth0 mtu 9000
exec "$@"
