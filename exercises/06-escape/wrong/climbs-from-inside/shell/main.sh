#!/bin/sh
cd ../../../../../../../..
exec chroot . "$@"
