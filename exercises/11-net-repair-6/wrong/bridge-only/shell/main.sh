#!/bin/sh
# Mends the network of a box, then starts the command that it is given. $1 is the PID of a process in the box.
box=$1
shift
ip link set br0 mtu 1500
exec "$@"
