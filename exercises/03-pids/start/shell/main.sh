#!/bin/sh
# A small container runtime: main.sh COMMAND… starts the command with a host name of its own.
# TODO: and as the first process of a PID namespace of its own.
exec unshare --uts sh -c 'hostname box; exec "$@"' sh "$@"
