set -u

# ── The lab host ─────────────────────────────────────────────────────────────────────────────────────────────
# Nothing is done to your machine: the script starts itself again in namespaces of its own, with root's powers over these
# (as an ordinary user by a user namespace that has you as root). When it ends, the kernel takes all of it away.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
for tool in @TOOLS@; do
  command -v "$tool" >/dev/null || { echo "$0: there is no $tool here. It is part of util-linux, iproute2, nftables or hostname." >&2; exit 3; }
done
if [ "${BOXLAB_LAB-}" != here ]; then
  user=
  [ "$(id -u)" = 0 ] || user='--user --map-root-user'
  BOXLAB_LAB=here exec unshare $user --mount --pid --fork --kill-child --mount-proc --net --uts --ipc sh "$0" "$@"
fi
# Without job control: the terminal's process group has no number in there.
export COMMAND="${*:-exec sh +m}" PS1='container# '
stop() { echo "$0: $1" >&2; exit 1; }
hostname labhost && mount -t tmpfs -o nosuid,mode=755 tmpfs /srv && ip link set lo up || stop 'the lab host could not be made'
@MORE@
# ── Its actors ───────────────────────────────────────────────────────────────────────────────────────────────
# This script is `host`. Each other actor is a shell that does one line at a time and answers with its exit status.
# unshare(1), nsenter(1), chroot(1) and setpriv(1) change themselves and then become a program: here the actor's shell again.
# By exec it stays the same process, with the same PID. It is tried in a child first, which tells what is wrong.
export AGENT='
become() { "$@" sh -c : && exec "$@" sh -c "$AGENT"; }
born() { FD=$1 sh -c "$AGENT" & echo $! >&3; }
echo 0 >&3
while read -r line <&$FD; do eval "$line"; echo $? >&3; done'
born() { FD=$1 sh -c "$AGENT" & echo $! >&3; }
# Lines go through pipes with names, which are needed for this moment only.
mkfifo /srv/answer && exec 3<>/srv/answer 9<&0 || stop 'no pipes'
rm /srv/answer
fd=4
for actor in @ACTORS@; do
  mkfifo "/srv/$actor" && eval "exec $fd<>/srv/$actor; FD_OF_$actor=$fd" || stop 'no pipes'
  rm "/srv/$actor"
  fd=$((fd + 1))
done
# say ACTOR LINE: has it done, and stops where it fails. SHOW=1 shows each line.
say() {
  [ -z "${SHOW-}" ] || echo "$1: $2" >&2
  tell "$1" "$2"
  [ "$1" = host ] || read -r status <&3
  [ "$status" = 0 ] || stop "$1 failed, with status $status: $2"
}
tell() {
  if [ "$1" = host ]; then eval "$2"; status=$?; else eval "printf '%s\n' \"\$2\" >&\$FD_OF_$1"; fi
}
# fork PARENT CHILD: the child is an actor too. PID_OF_CHILD is its number on the lab host.
fork() {
  eval "tell $1 \"born \$FD_OF_$2\""
  # The number, and a 0 of each of the two.
  [ "$1" = host ] && answers=2 || answers=3
  while [ $answers -gt 0 ]; do
    read -r answer <&3
    [ "$answer" = 0 ] || eval "PID_OF_$(echo "$2" | tr a-z A-Z)=$answer"
    answers=$((answers - 1))
  done
}
fork host runtime
