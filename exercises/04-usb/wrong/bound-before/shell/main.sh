#!/bin/sh
# The place is there twice now, so what comes to the one is in the other.
exec unshare --mount sh -c 'mount --rbind /mnt /mnt; exec "$@"' sh "$@"
