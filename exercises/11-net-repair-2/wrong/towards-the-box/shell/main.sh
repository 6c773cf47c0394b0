#!/bin/sh
# Mends the network of a box, then starts the command that it is given. $1 is the PID of a process in the box.
box=$1
shift
nft 'table ip nat { chain postrouting { type nat hook postrouting priority 100; ip saddr 10.88.0.0/24 oifname "br0" masquerade; } }'
exec "$@"
