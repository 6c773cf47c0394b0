# Lessons put mounts into the container's mount namespace while it lives. That takes open_tree(2) and move_mount(2), for
# which a shell has no word. Here they go through a door: the only mount that is shared with the container, in which
# everything that is mounted outside appears inside too.
mkdir /srv/door && mount -t tmpfs -o nosuid,mode=755 tmpfs /srv/door && mount --make-shared /srv/door || stop 'no door'
