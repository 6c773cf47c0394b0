#!/bin/sh
# Runs a command in a control group with a tenth of one processor.
groups=$1 quota=$2
shift 2
group=$groups/box

mkdir "$group"
# Microseconds in each period of 100000.
echo 10000 > "$group/$quota"
sh -c 'exec "$@"' sh "$@" &
# It is there now, and so is everything that it starts.
echo $$ > "$group/cgroup.procs"
wait
status=$?
rmdir "$group"
exit $status
