#!/bin/sh
# A small container runtime: main.sh COMMAND… starts the command with a host name and a process tree of its own.
# A PID namespace is for children: with --fork the inner shell is one, and PID 1. exec makes it the command.
exec unshare --uts --pid --fork sh -c 'hostname box; exec "$@"' sh "$@"
