# From nothing to the first delivered message, as somebody does it who reads docs/install.md: installed (by apt, or by npm where
# /mnt has the tarball), then one command, while whose block of DNS records goes to the panel of the DNS provider. The world
# around is outside.ts. Prints the transcript, then the seconds.
exec 2>&1
export DEBIAN_FRONTEND=noninteractive NO_COLOR=1 HOME=/root
cd /root
echo 'Dpkg::Use-Pty "0";' > /etc/apt/apt.conf.d/99test
typed() {
  echo "\$ $*"
  "$@"
}
# The guide is for a user with sudo.
sudo() { "$@"; }
began=$(date +%s%N)
seconds() { echo "$((($(date +%s%N) - began) / 100000000))" | sed 's/.$/.&/'; }

echo '== transcript'
if [ -e /mnt/postern.tgz ]; then
  install /mnt/node /usr/local/bin/node
  export npm_config_cache="$(cat /mnt/npm-cache)" npm_config_offline=true npm_config_loglevel=error
  began=$(date +%s%N)
  typed npm install --global /mnt/postern.tgz
  sed 's/^/$ /' /mnt/service.sh
  . /mnt/service.sh
else
  typed apt-get install -q -y /mnt/postern_*.deb
fi
# Nobody types as fast as that.
for _ in $(seq 150); do
  relayctl status >/dev/null 2>&1
  [ $? -eq 3 ] || break
  sleep 0.2
done
installed=$(seconds)

echo '$ relayctl quickstart shop.example --hostname mail.shop.example --to me@recipient.example --wait --yes'
relayctl quickstart shop.example --hostname mail.shop.example --to me@recipient.example --wait --yes >/mnt/said 2>&1 &
quickstart=$!
until grep -q '^Waiting for' /mnt/said; do
  kill -0 "$quickstart" 2>/dev/null || break
  sleep 0.2
done
waits=$(seconds)
awk '/Publish this block/ { inside = 1; next } /^Waiting for/ { inside = 0 } inside' /mnt/said >/mnt/block
published=$(curl -s --data-binary @/mnt/block http://127.0.0.1:5380/)
wait "$quickstart"
code=$?
delivered=$(seconds)
sed "s/^Waiting for.*/&\n(the block goes to the panel of the DNS provider: $published)/" /mnt/said
echo "exit code $code"

# The login that was shown is what an application takes.
user=$(awk '/user name/ { print $3 }' /mnt/said)
password=$(awk '/^ *password/ { print $2 }' /mnt/said)
printf 'From: <shop@shop.example>\r\nTo: <customer@recipient.example>\r\nSubject: An order\r\n\r\nThank you.\r\n' >/mnt/order
typed curl -sS --insecure --ssl-reqd --url smtp://127.0.0.1:587 --user "$user:$password" --mail-from shop@shop.example \
  --mail-rcpt customer@recipient.example --upload-file /mnt/order
for _ in $(seq 50); do
  curl -s http://127.0.0.1:5380/ >/mnt/mailbox
  grep -q 'An order' /mnt/mailbox && break
  sleep 0.2
done
typed relayctl status
echo '== mailbox'
cat /mnt/mailbox
echo '== seconds'
echo "installed $installed"
echo "records on the screen $waits"
echo "first message delivered $delivered"
