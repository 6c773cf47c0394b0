#!/bin/sh
# A hook of the OCI runtimes: the network that lessons 10 and 11 make for the container, by the usual programs. The state of
# the container comes on standard input. What it makes on this side bears the PID in its name, since each run makes its own.
set -e
pid=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
ip -batch - <<END
link add br$pid type bridge
address add 10.88.0.1/24 dev br$pid
link set br$pid up
link add veth$pid type veth peer name eth0 netns $pid
link set veth$pid master br$pid up
END
nsenter --target "$pid" --net ip -batch - <<END
link set lo up
address add 10.88.0.2/24 dev eth0
link set eth0 up
route add default via 10.88.0.1
END
echo 1 > /proc/sys/net/ipv4/ip_forward
nft -f - <<END
table ip box$pid {
  chain postrouting { type nat hook postrouting priority 100; ip saddr 10.88.0.0/24 oifname != "br$pid" masquerade; }
  chain prerouting { type nat hook prerouting priority -100; tcp dport 8080 dnat to 10.88.0.2:80; }
}
END
