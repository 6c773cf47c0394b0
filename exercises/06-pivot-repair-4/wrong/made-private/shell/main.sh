#!/bin/sh
# main.sh PLACE ROOT COMMAND…: makes ROOT, a directory in PLACE, the root of a mount namespace, and starts the command there.
# It fails: pivot_root answers EINVAL.
set -e
exec unshare --mount --propagation private chroot "$1" sh -ec '
    # The tools that are used, and the path of ROOT, are those of the place.
    PATH=/bin
    root=$2
    shift 2
    mount --make-private "$root" || true
    mount --bind "$root" "$root"
    cd "$root"
    mount --make-private .
    mkdir -p old
    pivot_root . old
    cd /
    umount -l /old
    rmdir /old
    exec "$@"
' sh "$@"
