#!/bin/sh
# Starts a command in a running container, by the PID of its first process.
# TODO: in all of its namespaces, with a PID of its own. So far it has only the files.
target=$1
shift
exec nsenter --target "$target" --mount "$@"
