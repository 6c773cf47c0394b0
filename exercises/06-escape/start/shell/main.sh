#!/bin/sh
# Starts the command that it is given. This program is locked into a directory by chroot(2).
# TODO: leave it first, so that the command is started with the host's root.
exec "$@"
