#!/bin/sh
# main.sh ROOT COMMAND…: makes the directory ROOT the root of a mount namespace, and starts the command there.
# It fails: pivot_root answers EINVAL.
set -e
exec unshare --mount --propagation private sh -ec '
    mount --bind "$1" "$1"
    cd "$1"
    shift
    # Where the old root goes.
    mkdir -p ../old
    mount --bind ../old ../old
    pivot_root . ../old
    cd /
    # From here on programs come from the new root.
    PATH=/bin
    umount -l /old
    rmdir /old
    exec "$@"
' sh "$@"
