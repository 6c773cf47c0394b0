#!/bin/sh
exec setpriv --bounding-set -all,+chown,+kill,+net_bind_service --no-new-privs "$@"
