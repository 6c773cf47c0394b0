#!/bin/sh
# Runs a command in a control group with a tenth of one processor.
groups=$1 quota=$2
shift 2
group=$groups/box

mkdir "$group"
# Microseconds in each period of 100000.
echo 10000 > "$group/$quota"
# The child joins, and then becomes the command: 0 stands for whoever writes it.
sh -c 'echo 0 > "$0/cgroup.procs"; exec "$@"' "$group" "$@"
status=$?
rmdir "$group"
exit $status
