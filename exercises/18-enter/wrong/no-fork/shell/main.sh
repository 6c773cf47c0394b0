#!/bin/sh
target=$1
shift
exec nsenter --target "$target" --all --no-fork "$@"
