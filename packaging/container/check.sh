#!/bin/sh
# Builds the image of Dockerfile without any registry of images (its base is made by debootstrap) and runs relayd in it as a
# container runtime would: as its user, without capabilities, on a read-only root, with a network of its own.
# Needs root, debootstrap, buildah and npm's registry. DEBIAN_ROOT: a base that is there already.
# usage: packaging/container/check.sh
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/var/tmp}/postern-container-XXXXXX")
export PATH="$root/node_modules/.bin:$PATH"
buildah() { command buildah --root "$work/storage" --runroot "$work/run" --storage-driver overlay "$@"; }
end() {
  for mounted in $(findmnt -rno TARGET | grep "^$work" | sort -r); do umount -l "$mounted"; done
  rm -rf "$work"
}
trap end EXIT

echo '== a base from Debian'
debian=${DEBIAN_ROOT:-$work/debian}
[ -d "$debian" ] || debootstrap --variant=minbase bookworm "$debian" http://deb.debian.org/debian >"$work/debootstrap.log" ||
  { tail -5 "$work/debootstrap.log"; exit 1; }
base=$(buildah from scratch)
cp -a "$debian/." "$(buildah mount "$base")/"
buildah commit -q "$base" localhost/debian-base >/dev/null
cp -L "$root/node_modules/node/bin/node" "$(buildah mount "$base")/usr/local/bin/node"
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
cp -a "$npm" "$(buildah mount "$base")/usr/local/lib/npm"
ln -s ../lib/npm/bin/npm-cli.js "$(buildah mount "$base")/usr/local/bin/npm"
buildah commit -q "$base" localhost/node-base >/dev/null

echo '== the image'
set -- --volume /etc/ssl/certs:/etc/ssl/certs:ro
for file in "$HOME/.npmrc" "$HOME/.npm"; do
  [ ! -e "$file" ] || set -- "$@" --volume "$file:/root/${file##*/}"
done
buildah bud -q --isolation chroot --format docker --build-arg NODE_IMAGE=localhost/node-base \
  --build-arg BASE_IMAGE=localhost/debian-base "$@" -t localhost/postern "$root" >"$work/build.log" 2>&1 ||
  { tail -40 "$work/build.log"; exit 1; }
# As a runtime reads it.
buildah inspect --type image localhost/postern >"$work/image.json"
node -e '
  const { User, Env, Cmd, Entrypoint, Volumes, ExposedPorts, Healthcheck, StopSignal } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).Docker.config;
  console.log(JSON.stringify({ User, Entrypoint, Cmd, Volumes, ExposedPorts, Healthcheck: Healthcheck.Test, StopSignal, Env }, null, 1));
' "$work/image.json"
container=$(buildah from localhost/postern)
image=$(buildah mount "$container")
du -sh "$image" | sed 's/\t.*//; s/^/size: /'

echo '== relayd in it'
cat >"$work/inside.sh" <<'END'
set -eu
image=$1 work=$2 dns=
node=$image/usr/lib/postern/node
ip link set lo up
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
mount --bind "$image" "$image"
mount -t tmpfs -o mode=700,uid=10001,gid=10001 tmpfs "$image/var/lib/postern"
mount --rbind /dev "$image/dev"
mount -t proc proc "$image/proc"
mount -o remount,bind,ro "$image"
inside() {
  chroot "$image" /usr/bin/setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all \
    --inh-caps=-all /usr/bin/env -i PATH=/usr/bin:/bin RELAY_DATA_DIR=/var/lib/postern RELAY_DNS__SERVERS=127.0.0.1:53 "$@"
}
healthy() { inside /usr/lib/postern/node /usr/lib/postern/bin/healthcheck.js; }
# A resolver that answers, with NXDOMAIN to everything.
"$node" -e '
  const socket = require("dgram").createSocket("udp4").bind(53, "127.0.0.1");
  socket.on("message", (query, { port }) => {
    const answer = Buffer.from(query);
    answer[2] |= 0x80;
    answer[3] = (answer[3] & 0xf0) | 0x83;
    socket.send(answer, port, "127.0.0.1");
  });
' &
dns=$!
inside /usr/bin/relayd --config /etc/postern/relay.toml >"$work/relayd.log" 2>&1 &
for _ in $(seq 150); do
  healthy 2>/dev/null && break
  sleep 0.2
done
healthy && echo 'healthy'
inside /usr/bin/relayctl status
pid=$(pgrep -f 'bin/relayd.js --config /etc/postern/relay.toml' --ns $$ --nslist net)
grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs):' "/proc/$pid/status"
inside /bin/touch /written 2>&1 || true
kill -TERM "$pid"
wait %2 && echo 'stopped: 0'
healthy 2>&1 || echo 'unhealthy once it is stopped'
kill "$dns"
END
unshare --mount --net --fork sh "$work/inside.sh" "$image" "$work" || { tail -20 "$work/relayd.log"; exit 1; }
echo '== all of it works'
