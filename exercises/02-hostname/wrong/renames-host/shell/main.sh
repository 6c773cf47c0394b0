#!/bin/sh
hostname box
exec "$@"
