
# ── It stands ────────────────────────────────────────────────────────────────────────────────────────────────
# `sh @FILE@ COMMAND` does that in it; without a command it is a shell. Its end is the end of all.
# What a shell starts in the background ignores Ctrl-C, and so would all that it starts: env(1) mends that, where it can.
say @INSIDE@ 'signals="env --default-signal=INT,QUIT"; $signals sh -c : 2>/dev/null || signals='
tell @INSIDE@ '$signals sh -c "$COMMAND" <&9 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-'
read -r status <&3
exit "$status"
