#!/bin/sh
# Starts the command in a mount namespace of its own.
# TODO: what the host mounts later is to appear there, and nothing from there outside.
exec unshare --mount --propagation private "$@"
