#!/bin/sh
# The inner shell is in the new namespace: the name that it sets is the container's.
exec unshare --uts sh -c 'hostname box; exec "$@"' sh "$@"
