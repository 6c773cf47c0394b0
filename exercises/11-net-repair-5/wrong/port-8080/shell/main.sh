#!/bin/sh
# Mends the network of a box, then starts the command that it is given. $1 is the PID of a process in the box.
box=$1
shift
nft 'table ip filter { chain forward { type filter hook forward priority 0; tcp dport 8080 accept; } }'
exec "$@"
