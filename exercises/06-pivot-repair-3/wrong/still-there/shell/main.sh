#!/bin/sh
# main.sh ROOT COMMAND…: makes the directory ROOT the root of a mount namespace, and starts the command there.
set -e
exec unshare --mount --propagation private sh -ec '
    mount --bind "$1" "$1"
    cd "$1"
    shift
    # The old root goes below the new one, and can be named from there.
    mkdir -p old
    pivot_root . old
    cd /
    # From here on programs come from the new root.
    PATH=/bin
    exec "$@"
' sh "$@"
