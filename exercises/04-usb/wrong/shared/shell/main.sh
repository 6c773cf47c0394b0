#!/bin/sh
exec unshare --mount --propagation shared "$@"
