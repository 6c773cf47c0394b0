#!/bin/sh
# Mends the network of a box, then starts the command that it is given. $1 is the PID of a process in the box.
box=$1
shift
nft 'table ip nat { chain prerouting { type nat hook prerouting priority -100; iifname "lo" tcp dport 8080 dnat to 10.88.0.2:80; } }'
exec "$@"
