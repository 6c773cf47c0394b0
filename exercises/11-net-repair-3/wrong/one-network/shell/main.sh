#!/bin/sh
# Mends the network of a box, then starts the command that it is given. $1 is the PID of a process in the box.
box=$1
shift
nsenter --target "$box" --net ip route add 203.0.113.0/24 via 10.88.0.1
exec "$@"
