#!/bin/sh
target=$1
shift
exec nsenter --target "$target" --user nsenter --target "$target" --uts --mount --net --ipc --pid "$@"
