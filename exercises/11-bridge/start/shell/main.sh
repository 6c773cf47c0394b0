#!/bin/sh
# Starts the command that it is given twice, as `one` and `two`. TODO: in network namespaces of their own, on one switch.
"$@" one &
"$@" two &
# How both have ended is how this ends.
wait
