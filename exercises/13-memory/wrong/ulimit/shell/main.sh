#!/bin/sh
# Runs a command with little memory, and says how it ended.
shift 3

# 20M do not hold even the program's text, so it gets some more. In kilobytes.
sh -c 'ulimit -v 300000; exec "$@"' sh "$@"
# 128 and the number, if it was a signal.
exit $?
