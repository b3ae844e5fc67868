#!/bin/sh
# Boots this machine's own files under a systemd of its own, with /bin/sh -x SCRIPT as its only service, and prints what that
# printed. Everything it changes is in memory and gone at the end; the network is a loopback of its own. Needs root.
# usage: booted.sh PACKAGE SCRIPT     the package is /mnt/postern.deb there
set -eu
[ "${INSIDE:-}" ] || INSIDE=1 exec unshare --mount --net --fork "$0" "$@"

memory=$(mktemp -d)
trap 'rmdir "$memory" 2>/dev/null || true' EXIT
mount -t tmpfs tmpfs "$memory"
mkdir "$memory/changes" "$memory/work" "$memory/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$memory/changes,workdir=$memory/work" "$memory/root"
ip link set lo up

root=$memory/root
cp "$1" "$root/mnt/postern.deb"
cp "$2" "$root/mnt/script"
# Machines that build things forbid their packages to start services.
rm -f "$root/usr/sbin/policy-rc.d"
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
systemd-nspawn --quiet --register=no --keep-unit --directory="$root" /lib/systemd/systemd --unit=script.service \
  >"$memory/boot.log" 2>&1 </dev/null || cat "$memory/boot.log"
cat "$root/mnt/output"
printf '\n== left\n'
# A whiteout is a file of this machine that the script removed; man(1) keeps pages that it has shown.
(cd "$memory/changes" &&
  find . \( -name '*postern*' -o -name '*relay*' \) ! -type c ! -path './mnt/*' ! -path './var/cache/man/*' | sort)
umount -l "$root" "$memory"
