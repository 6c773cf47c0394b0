
# ── It stands ────────────────────────────────────────────────────────────────────────────────────────────────
# `sh @FILE@ COMMAND` does that in it; without a command it is a shell. Its end is the end of all.
tell @INSIDE@ 'sh -c "$COMMAND" <&9 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-'
read -r status <&3
exit "$status"
