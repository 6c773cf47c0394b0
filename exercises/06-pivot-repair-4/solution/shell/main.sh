#!/bin/sh
# main.sh PLACE ROOT COMMAND…: makes ROOT, a directory in PLACE, the root of a mount namespace, and starts the command there.
set -e
exec unshare --mount --propagation private sh -ec '
    # The tools that are used are those of the place. No chroot is needed for that.
    PATH=$1/bin
    root=$1$2
    shift 2
    mount --bind "$root" "$root"
    cd "$root"
    mkdir -p old
    pivot_root . old
    cd /
    # From here on programs come from the new root.
    PATH=/bin
    umount -l /old
    rmdir /old
    exec "$@"
' sh "$@"
