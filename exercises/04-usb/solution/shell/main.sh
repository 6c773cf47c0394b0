#!/bin/sh
# Starts the command in a mount namespace of its own, which sees what the host mounts later, and tells the host nothing.
exec unshare --mount --propagation slave "$@"
