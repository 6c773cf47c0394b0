#!/bin/sh
echo "uts: new"
echo box
