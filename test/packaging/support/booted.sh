#!/bin/sh
# Boots this machine's own files under a systemd of its own, with /bin/sh SCRIPT as its only service, and prints what that
# printed. Everything it changes is in memory and gone at the end; the network is a loopback of its own. Needs root.
# usage: booted.sh SCRIPT [FILE...]     the files are in /mnt there
# OUTSIDE: a command that stands for the rest of the world in that network, and prints "ready"; it answers DNS at 127.0.0.1.
set -eu
[ "${INSIDE:-}" ] || INSIDE=1 exec unshare --mount --net --fork "$0" "$@"

memory=$(mktemp -d)
outside=
end() {
  [ -z "$outside" ] || kill "$outside" 2>/dev/null || true
  rmdir "$memory" 2>/dev/null || true
}
trap end EXIT
mount -t tmpfs tmpfs "$memory"
mkdir "$memory/changes" "$memory/work" "$memory/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$memory/changes,workdir=$memory/work" "$memory/root"
ip link set lo up

root=$memory/root
cp "$1" "$root/mnt/script"
shift
[ $# -eq 0 ] || cp -a "$@" "$root/mnt/"
# Machines that build things forbid their packages to start services.
rm -f "$root/usr/sbin/policy-rc.d"
if [ "${OUTSIDE:-}" ]; then
  $OUTSIDE >"$memory/outside.log" 2>&1 &
  outside=$!
  until grep -q ready "$memory/outside.log"; do
    kill -0 "$outside" 2>/dev/null || { cat "$memory/outside.log"; exit 1; }
    sleep 0.1
  done
  rm -f "$root/etc/resolv.conf"
  echo 'nameserver 127.0.0.1' >"$root/etc/resolv.conf"
fi
cat > "$root/etc/systemd/system/script.service" <<'END'
[Unit]
Description=The script of a test
DefaultDependencies=no
Wants=basic.target
After=basic.target
[Service]
Type=oneshot
StandardOutput=file:/mnt/output
StandardError=inherit
ExecStart=/bin/sh /mnt/script
ExecStopPost=/bin/systemctl poweroff --force
END
systemd-nspawn --quiet --register=no --keep-unit --resolv-conf=off --directory="$root" /lib/systemd/systemd \
  --unit=script.service >"$memory/boot.log" 2>&1 </dev/null || cat "$memory/boot.log"
cat "$root/mnt/output"
printf '\n== left\n'
# A whiteout is a file of this machine that the script removed; man(1) keeps pages that it has shown.
(cd "$memory/changes" &&
  find . \( -name '*postern*' -o -name '*relay*' \) ! -type c ! -path './mnt/*' ! -path './var/cache/man/*' | sort)
umount -l "$root" "$memory"
