#!/bin/sh
# Starts the command that it is given with no other capabilities than chown, kill and net_bind_service, for good.
kept=+chown,+kill,+net_bind_service
# Across execve user 0 gets what is in the bounding set, and others what is in the ambient one; a file may add to neither.
exec setpriv --bounding-set "-all,$kept" --inh-caps "-all,$kept" --ambient-caps "$kept" --no-new-privs "$@"
