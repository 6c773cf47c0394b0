#!/bin/sh
# Starts the command that it is given as user 0 of a user namespace of its own. The maps have to be there before the command is
# executed, since only user 0 keeps its capabilities then; so unshare itself writes them.
exec unshare --user --map-root-user "$@"
