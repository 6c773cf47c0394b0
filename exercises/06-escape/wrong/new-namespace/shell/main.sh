#!/bin/sh
# Namespaces are what makes a container, so a new one is outside of it.
exec unshare --mount "$@"
