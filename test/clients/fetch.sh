#!/usr/bin/env bash
# Fetches the client programs of test/clients from Debian and unpacks each with what it needs into a folder of its own: side
# by side, since mail servers exclude each other, and never installed. What cannot be fetched is named and left out: its tests
# are skipped. A second run fetches only what is missing.
#
#   test/clients/fetch.sh [client …]      default: all of clients.txt
#
# CLIENTS_CACHE: where they go (default: node_modules/.cache/clients). CLIENTS_TIMEOUT: seconds for all of it (default: 600).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${CLIENTS_CACHE:-$here/../../node_modules/.cache/clients}
deadline=$((SECONDS + ${CLIENTS_TIMEOUT:-600}))

if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo 'clients: no apt-get here, none is fetched'
  exit 0
fi
mkdir -p "$cache/packages" && cache=$(cd "$cache" && pwd)

within_time() {
  local left=$((deadline - SECONDS))
  [ "$left" -gt 0 ] && timeout "$left" "$@"
}

# What apt would install for it on this machine, conflicts or not.
packages_of() {
  apt-get -s -q --no-install-recommends install "$@" 2>/dev/null | awk '$1 == "Inst" { print $2 }'
}

fetch() {
  local client=$1 root="$cache/$1" needed package folder
  local -a wanted=()
  shift
  rm -rf "$root" && mkdir -p "$root"
  # What this machine has by itself is there already; the client itself is never taken from it, where it may be set up.
  needed=$({ echo "$1" && packages_of "$@"; } | sort -u)
  for package in $needed; do
    [ -n "$(find "$cache/packages" -name "${package}_*.deb" -print -quit)" ] || wanted+=("$package")
  done
  if [ ${#wanted[@]} -gt 0 ]; then
    # What is cut off by the time is not taken for the whole.
    rm -rf "$cache/partial" && mkdir "$cache/partial"
    (cd "$cache/partial" && within_time apt-get download -q "${wanted[@]}" >/dev/null 2>&1) || return 1
    mv "$cache/partial"/*.deb "$cache/packages/" || return 1
  fi
  for package in $needed; do
    dpkg-deb -x "$(find "$cache/packages" -name "${package}_*.deb" -print -quit)" "$root" || return 1
  done
  # Links of a merged /usr on this machine, folders in some packages.
  for folder in bin sbin lib; do
    [ -d "$root/$folder" ] && mkdir -p "$root/usr/$folder" && cp -a "$root/$folder/." "$root/usr/$folder/"
  done
  touch "$root.complete"
}

lists_are_new=
while read -r client packages; do
  case $client in '' | \#*) continue ;; esac
  [ $# -gt 0 ] && [[ " $* " != *" $client "* ]] && continue
  [ -e "$cache/$client.complete" ] && continue
  if [ $SECONDS -ge $deadline ]; then
    echo "clients: no time left for $client"
    continue
  fi
  if [ -z "$lists_are_new" ] && ! apt-cache show postfix >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    within_time apt-get update -q >/dev/null 2>&1
  fi
  lists_are_new=yes
  # shellcheck disable=SC2086
  fetch "$client" $packages || echo "clients: $client could not be fetched"
done <"$here/clients.txt"
exit 0
