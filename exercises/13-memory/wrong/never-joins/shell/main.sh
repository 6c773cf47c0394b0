#!/bin/sh
# Runs a command in a control group with 20M of memory, and says how it ended.
groups=$1 limit=$2 swap=$3
shift 3
group=$groups/box

mkdir "$group"
echo 20M > "$group/$limit"
# A kernel that does not count swap has no file for it.
[ -e "$group/$swap" ] && echo 0 > "$group/$swap"
# The child joins, and then becomes the command: 0 stands for whoever writes it.
"$@"
# 128 and the number, if it was a signal.
status=$?
rmdir "$group"
exit $status
