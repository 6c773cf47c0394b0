# place DIRECTORY PROGRAM…: copies of this machine's programs, with the libraries that ldd(1) names.
place() {
  to=$1
  shift
  for name do
    from=
    for directory in /usr/sbin /usr/bin /sbin /bin; do [ -x "$directory/$name" ] && from=$directory/$name; done
    [ -n "$from" ] || { echo "$0: there is no $name here, so the container has none" >&2; continue; }
    cp -L "$from" "$to/bin/$name" || return
    for library in $(ldd "$from" 2>/dev/null | grep -o '/[^ )]*'); do
      mkdir -p "$to${library%/*}" && cp -L "$library" "$to$library" || return
    done
  done
}
