# The life of the Debian package on a machine with systemd: each section is looked at by debian-package.test.ts.
up() {
  for _ in $(seq 150); do
    relayctl status >/dev/null 2>&1
    [ $? -eq 3 ] || return 0
    sleep 0.2
  done
}
greeting() { bash -c "exec 3<>/dev/tcp/127.0.0.1/$1; head -1 <&3"; }
exec 2>&1
export DEBIAN_FRONTEND=noninteractive NO_COLOR=1
cd /
echo 'Dpkg::Use-Pty "0";' > /etc/apt/apt.conf.d/99test

echo '== install'
apt-get install -q -y /mnt/postern_*.deb
echo '== files'
stat -c '%U %G %a %n' /etc/postern /etc/postern/relay.toml /var/lib/postern /usr/bin/relayd /usr/bin/relayctl
echo '== units'
systemd-analyze verify relayd.service relayd-submission.socket relayd-submissions.socket relayd-smtp.socket relayd-http.socket relayd-acme.socket
echo '== process'
up
pid=$(systemctl show --value -p MainPID relayd.service)
ps -o user= -p "$pid"
grep -E '^(CapEff|NoNewPrivs|Seccomp):' "/proc/$pid/status"
stat -c '%U %a' /var/lib/postern/postern.db /var/lib/postern/master.key
echo '== submission'
greeting 587
echo '== status'
relayctl status --json
echo '== manual'
man -P cat relayctl-domain | head -4
bash -c '. /usr/share/bash-completion/completions/relayctl; complete -p relayctl'
echo '== inbound'
sed -i 's|^#hostname = .*|hostname = "mail.shop.example"|' /etc/postern/relay.toml
sed -i '/^\[acme\]/,/^#listen/{s|^#enabled = .*|enabled = true|;s|^#listen = .*|listen = "0.0.0.0:80"|}' /etc/postern/relay.toml
sed -i 's|^#listen = \[\]|listen = "0.0.0.0:25"|; s|^#postmaster = .*|postmaster = "you@elsewhere.example"|' /etc/postern/relay.toml
relayctl config check
systemctl enable -q relayd-smtp.socket relayd-http.socket relayd-acme.socket
systemctl restart relayd.service
up
greeting 25
curl -s -o /dev/null -w 'port 80: %{http_code}\n' http://127.0.0.1/.well-known/acme-challenge/x
journalctl -u relayd.service -o cat --no-pager | grep '"sockets from systemd"' | tail -1
echo '== down'
systemctl stop relayd.service 2>/dev/null
relayctl doctor | grep -A 5 ' ports: '
systemctl start relayd.service
up
echo '== upgrade'
relayctl domain add kept.example >/dev/null
apt-get install -q -y --reinstall /mnt/postern_*.deb
up
relayctl domain list
grep '^listen = "0.0.0.0:25"' /etc/postern/relay.toml
echo '== remove'
apt-get remove -q -y postern
systemctl is-active relayd.service relayd-submission.socket
stat -c '%U %n' /var/lib/postern/postern.db /etc/postern/relay.toml
echo '== again'
apt-get install -q -y /mnt/postern_*.deb
up
relayctl domain list
echo '== purge'
apt-get purge -q -y postern
getent passwd postern || echo 'no user'
getent group postern || echo 'no group'
