#!/bin/sh
kept=+chown,+kill,+net_bind_service,+setpcap
exec setpriv --bounding-set "-all,$kept" --inh-caps "-all,$kept" --ambient-caps "$kept" --no-new-privs "$@"
