#!/bin/sh
# Builds postern_VERSION_ARCH.deb, with its own Node.js and all that it needs, from a checkout that is built (npm install).
# usage: packaging/debian/build-deb.sh [FOLDER]     DEB_COMPRESSION=xz (default), zstd or gzip
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/packaging/debian
out=$(mkdir -p "${1:-$root}" && cd "${1:-$root}" && pwd)
PATH="$root/node_modules/.bin:$PATH"

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
umask 022

version=$(node -p "require('$root/package.json').version")
case $(node -p process.arch) in
  x64) arch=amd64 ;;
  arm64) arch=arm64 ;;
  *) echo "no Debian package for $(node -p process.arch)" >&2; exit 1 ;;
esac
# The same package from the same commit, octet for octet.
: "${SOURCE_DATE_EPOCH:=$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH

lib=$stage/usr/lib/postern
doc=$stage/usr/share/doc/postern
mkdir -p "$lib" "$doc" "$stage/usr/bin" "$stage/DEBIAN"

# What npm would publish, and the dependencies of the lock file.
(cd "$root" && npm pack --silent --ignore-scripts --pack-destination "$stage" >/dev/null)
tar -xzf "$stage/postern-$version.tgz" -C "$lib" --strip-components 1
rm "$stage/postern-$version.tgz"
cp "$root/package-lock.json" "$lib/"
(cd "$lib" && npm ci --silent --omit=dev --ignore-scripts --prefer-offline)
rm "$lib/package-lock.json" "$lib/node_modules/.package-lock.json"
sqlite=$lib/node_modules/better-sqlite3
rm -r "$sqlite/deps" "$sqlite/src"
find "$sqlite/prebuilds" -type f ! -name "linux-$(node -p process.arch).node" -delete
cp -L "$root/node_modules/node/bin/node" "$lib/node"

install -m 755 "$root/packaging/bin/relayd" "$root/packaging/bin/relayctl" "$stage/usr/bin/"

# The defaults, with data where Debian keeps it.
mkdir -p "$stage/etc/postern"
sed 's|^#data_dir = .*|data_dir = "/var/lib/postern"|' "$lib/config/relay.toml" > "$stage/etc/postern/relay.toml"
chmod 640 "$stage/etc/postern/relay.toml"
mkdir -p "$stage/usr/lib/systemd/system"
cp "$root"/packaging/systemd/* "$stage/usr/lib/systemd/system/"

mkdir -p "$stage/usr/share/man"
mv "$lib"/dist/man/* "$stage/usr/share/man/"
rmdir "$lib/dist/man"
gzip -9n "$stage"/usr/share/man/man*/*
install -Dm 644 "$lib/dist/completion/relayctl.bash" "$stage/usr/share/bash-completion/completions/relayctl"
install -Dm 644 "$lib/dist/completion/relayctl.zsh" "$stage/usr/share/zsh/vendor-completions/_relayctl"
install -Dm 644 "$lib/dist/completion/relayctl.fish" "$stage/usr/share/fish/vendor_completions.d/relayctl.fish"
rm -r "$lib/dist/completion"

rm -r "$lib/packaging/systemd"
mv "$lib/docs" "$lib/packaging" "$lib/README.md" "$lib/SECURITY.md" "$doc/"
mv "$lib/CHANGELOG.md" "$doc/changelog"
gzip -9n "$doc/changelog"
"$here/write-copyright.js" "$lib" > "$doc/copyright"
rm "$lib/LICENSE"

cp "$here/conffiles" "$here/postinst" "$here/prerm" "$here/postrm" "$stage/DEBIAN/"
chmod 755 "$stage/DEBIAN/postinst" "$stage/DEBIAN/prerm" "$stage/DEBIAN/postrm"
find "$stage" -type d -exec chmod 755 {} +
find "$stage/usr" -type f ! -perm -u+x -exec chmod 644 {} +
(cd "$stage" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum > DEBIAN/md5sums)
# A pre-release sorts before its release.
sed -e "s/@VERSION@/$(echo "$version" | sed 's/-/~/')/" -e "s/@ARCH@/$arch/" \
  -e "s/@SIZE@/$(du -sk --apparent-size "$stage/usr" "$stage/etc" | awk '{sum += $1} END {print sum}')/" \
  "$here/control.in" > "$stage/DEBIAN/control"
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

package=$out/postern_${version}_$arch.deb
dpkg-deb --root-owner-group "-Z${DEB_COMPRESSION:-xz}" --build "$stage" "$package" >/dev/null
echo "$package"
