#!/bin/sh
# A small container runtime: main.sh COMMAND… starts the command with a host name and a process tree of its own.
# TODO: and with a proc that shows this process tree, and that only the container sees.
set -eu

# PID 1: takes what is the container's own, and becomes the command.
container() {
    hostname box
    # TODO: a proc.
    exec "$@"
}

case $1 in
    # A PID namespace is for children: with --fork this script goes on as one, and is PID 1.
    --inside) shift; container "$@" ;;
    *) exec unshare --uts --pid --fork sh "$0" --inside "$@" ;;
esac
