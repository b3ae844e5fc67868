/**
 * Mail servers as Debian has them, set up as smart hosts: one port with STARTTLS, one with TLS from the first octet, a login
 * before anything is taken, and everything handed on to the fake MX.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { testOnlyCertificate, testOnlyKey } from '../../support/fake-mx.ts';
import { POSTFIX_SERVICES } from './postfix-services.ts';
import type { Unpacked, User } from './unpacked.ts';

export const SMART_HOST_LOGIN = { username: 'relay@smart.test', password: 'correct horse, battery staple' };

export interface SmartHostPorts {
  readonly starttls: number;
  readonly implicit: number;
  /** Where it hands on to. */
  readonly mx: number;
}

export interface SmartHostProgram {
  readonly client: string;
  readonly users: readonly User[];
  readonly configure: (unpacked: Unpacked, ports: SmartHostPorts) => void;
  /** Goes on until the end. */
  readonly daemon: string;
  /** An access token of the user, where it takes XOAUTH2. */
  readonly token?: () => string;
  /** Takes logins of its own machine in clear. */
  readonly trustsLoopback?: true;
}

const TOKEN_KEY = 'a key that signs tokens of a test alone';

export const SMART_HOSTS: readonly SmartHostProgram[] = [
  {
    client: 'postfix',
    users: [
      { name: 'postfix', id: 61_001 },
      { name: 'postdrop', id: 61_002 },
    ],
    configure(unpacked, { starttls, implicit, mx }) {
      const { username, password } = SMART_HOST_LOGIN;
      unpacked.write('/etc/postfix/server.pem', testOnlyKey + testOnlyCertificate, 0o600);
      unpacked.write(
        '/etc/postfix/sasl/smtpd.conf',
        'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: /var/lib/sasldb2\nmech_list: PLAIN LOGIN\n',
      );
      unpacked.write(
        '/etc/postfix/main.cf',
        `compatibility_level = 3.6
myhostname = mx.test
mydestination =
relayhost = [127.0.0.1]:${mx}
alias_maps =
local_recipient_maps =
mynetworks =
inet_interfaces = loopback-only
inet_protocols = ipv4
smtp_tls_security_level = may
smtpd_tls_chain_files = /etc/postfix/server.pem
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = /etc/postfix/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
maillog_file = /var/log/postfix.log
`,
      );
      unpacked.write(
        '/etc/postfix/master.cf',
        `127.0.0.1:${starttls} inet n - n - - smtpd
127.0.0.1:${implicit} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
anvil unix - - n - 1 anvil
${POSTFIX_SERVICES}`,
      );
      const [user = '', realm = ''] = username.split('@');
      unpacked.write(
        '/etc/postfix/begin',
        `set -e
mkdir -p /var/lib/postfix; chown postfix /var/lib/postfix
printf %s '${password}' | saslpasswd2 -p -c -f /var/lib/sasldb2 -u ${realm} ${user}
chown postfix /var/lib/sasldb2
exec postfix start-fg
`,
      );
    },
    daemon: 'exec sh /etc/postfix/begin',
  },
  {
    client: 'exim',
    users: [{ name: 'Debian-exim', id: 61_001 }],
    configure(unpacked, { starttls, implicit, mx }) {
      const { username, password } = SMART_HOST_LOGIN;
      unpacked.write('/etc/exim4/cert.pem', testOnlyCertificate);
      unpacked.write('/etc/exim4/key.pem', testOnlyKey);
      const credentials = (name: string, secret: string) =>
        `server_condition = \${if and{{eq{${name}}{${username}}}{eq{${secret}}{${password}}}}}
  server_set_id = ${name}
  server_advertise_condition = \${if def:tls_in_cipher}`;
      unpacked.write(
        '/etc/exim4/exim4.conf',
        `primary_hostname = mx.test
log_file_path = /var/log/exim_%slog
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${starttls} : ${implicit}
tls_on_connect_ports = ${implicit}
tls_certificate = /etc/exim4/cert.pem
tls_privatekey = /etc/exim4/key.pem
tls_advertise_hosts = *
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  accept authenticated = *
  deny message = relay not permitted
data:
  accept
begin routers
onward:
  driver = manualroute
  transport = onward
  route_list = * 127.0.0.1 byname
  self = send
begin transports
onward:
  driver = smtp
  port = ${mx}
  allow_localhost
  tls_verify_hosts =
  tls_try_verify_hosts =
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  ${credentials('$auth2', '$auth3')}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  ${credentials('$auth1', '$auth2')}
`,
      );
    },
    daemon: `mkdir -p /var/spool/exim4; chown -R Debian-exim /var/spool/exim4 /var/log
      chown Debian-exim /etc/exim4/key.pem; exec exim4 -bdf -q1m`,
  },
  {
    client: 'dovecot',
    users: [
      { name: 'dovecot', id: 61_001 },
      { name: 'dovenull', id: 61_002 },
    ],
    configure(unpacked, { starttls, implicit, mx }) {
      const { username, password } = SMART_HOST_LOGIN;
      unpacked.write('/etc/dovecot/cert.pem', testOnlyCertificate);
      unpacked.write('/etc/dovecot/key.pem', testOnlyKey, 0o600);
      unpacked.write('/etc/dovecot/users', `${username}:${password}\n`);
      unpacked.write('/etc/dovecot/keys/default/HS256/default', Buffer.from(TOKEN_KEY).toString('base64'));
      unpacked.write(
        '/etc/dovecot/tokens.conf',
        'introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=/etc/dovecot/keys/\nusername_attribute = sub\n',
      );
      unpacked.write(
        '/etc/dovecot/dovecot.conf',
        `protocols = submission
log_path = /var/log/dovecot.log
hostname = mx.test
ssl = required
ssl_cert = </etc/dovecot/cert.pem
ssl_key = </etc/dovecot/key.pem
auth_mechanisms = plain login xoauth2
first_valid_uid = 1
mail_location = maildir:/var/mail/%u
submission_relay_host = 127.0.0.1
submission_relay_port = ${mx}
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = /etc/dovecot/tokens.conf
}
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN /etc/dovecot/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=/var/mail/%u
}
service submission-login {
  inet_listener submission {
    address = 127.0.0.1
    port = ${starttls}
  }
  inet_listener submissions {
    address = 127.0.0.1
    port = ${implicit}
    ssl = yes
  }
}
`,
      );
    },
    daemon: 'chown mail:mail /var/mail; exec dovecot -F -c /etc/dovecot/dovecot.conf',
    token: webToken,
    trustsLoopback: true,
  },
];

/** A JSON Web Token for the user of the login, signed with the key that Dovecot has. RFC 7519, RFC 7515. */
function webToken(): string {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: SMART_HOST_LOGIN.username, iat: now - 60, nbf: now - 60, exp: now + 3_600 };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', TOKEN_KEY).update(signed).digest('base64url')}`;
}

/** Free now; what listens there is told them in its configuration. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
