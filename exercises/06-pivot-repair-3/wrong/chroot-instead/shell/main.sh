#!/bin/sh
# main.sh ROOT COMMAND…: makes the directory ROOT the root of a mount namespace, and starts the command there.
set -e
exec unshare --mount --propagation private sh -ec '
    mount --bind "$1" "$1"
    cd "$1"
    shift
    exec chroot . "$@"
' sh "$@"
