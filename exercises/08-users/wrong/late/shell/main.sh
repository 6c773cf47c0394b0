#!/bin/sh
# The maps are written inside, by the shell that has been executed there.
exec unshare --user sh -ec '
    echo deny > /proc/self/setgroups
    echo "0 0 1" > /proc/self/gid_map
    echo "0 0 1" > /proc/self/uid_map
    exec "$@"
' sh "$@"
