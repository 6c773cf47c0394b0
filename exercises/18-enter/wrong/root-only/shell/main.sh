#!/bin/sh
target=$1
shift
exec chroot "/proc/$target/root" "$@"
