#!/bin/sh
kept=+chown,+kill,+net_bind_service
exec setpriv --bounding-set "-all,$kept" --inh-caps "-all,$kept" --no-new-privs "$@"
