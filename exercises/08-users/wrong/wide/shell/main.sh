#!/bin/sh
# A second user, for a program that wants to be one.
set -e
mkfifo /tmp/ready /tmp/go
unshare --user sh -c 'echo > /tmp/ready; read _ < /tmp/go; exec "$@"' sh "$@" &
read _ < /tmp/ready
echo "0 0 1" > /proc/$!/gid_map
echo "0 0 2" > /proc/$!/uid_map
echo > /tmp/go
wait $!
