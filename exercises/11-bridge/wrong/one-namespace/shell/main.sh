#!/bin/sh
exec unshare --net sh -c '"$@" one & "$@" two & wait' sh "$@"
