/**
 * Mail servers set up as satellites, which hand everything to the relay: what a user of theirs sends arrives intact, and so
 * does the notice that they write themselves when the relay refuses a recipient. The notice needs the relay to put a From
 * in it that it can vouch for (`submission.rewrite_notice_from`); those tests are skipped by name where that key is not known.
 */
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSettingKey } from '../../src/config/settings.ts';
import { certificateOf } from '../e2e/support/own-certificate.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { eventually } from '../support/eventually.ts';
import { POSTFIX_SERVICES } from './support/postfix-services.ts';
import { arrives, asMessage, environmentFor, FROM, mailOf } from './support/sent-mail.ts';
import { missing, Unpacked, type User } from './support/unpacked.ts';

/** The relay refuses it at RCPT. */
const SUPPRESSED = `gone@${RECIPIENT_DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({
    config: {
      submission: { listen: ['127.0.0.1:0'], listen_tls: ['127.0.0.1:0'], suppressed_recipients: 'reject' },
    },
  });
  await stage.relay.ctl('suppression', 'add', SUPPRESSED);
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

interface Satellite {
  readonly client: string;
  readonly users?: readonly User[];
  readonly configure: (unpacked: Unpacked) => void;
  /** Goes on until the end; `undefined`: each message is handed on by the program that takes it. */
  readonly daemon?: string;
  /** What is there once it takes mail. */
  readonly ready?: string;
  /** Takes a message on standard input for `$MAIL_TO` from `$MAIL_FROM`. */
  readonly inject: string;
}

const SATELLITES: readonly Satellite[] = [
  {
    client: 'postfix',
    users: [
      { name: 'postfix', id: 61_001 },
      { name: 'postdrop', id: 61_002 },
    ],
    configure(unpacked) {
      const { username, password } = stage.login;
      const relay = `[127.0.0.1]:${stage.relay.port}`;
      unpacked.write(
        '/etc/postfix/main.cf',
        `compatibility_level = 3.6
myhostname = satellite.localdomain
mydestination =
relayhost = ${relay}
alias_maps =
local_recipient_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
smtp_tls_security_level = encrypt
smtp_sasl_auth_enable = yes
smtp_sasl_security_options = noanonymous
smtp_sasl_password_maps = inline:{{${relay} = ${username}:${password}}}
maillog_file = /var/log/postfix.log
`,
      );
      unpacked.write('/etc/postfix/master.cf', POSTFIX_SERVICES);
    },
    daemon: 'mkdir -p /var/lib/postfix; chown postfix /var/lib/postfix; exec postfix start-fg',
    ready: '/var/spool/postfix/pid/master.pid',
    inject: 'sendmail -i -f "$MAIL_FROM" "$MAIL_TO"',
  },
  {
    client: 'exim',
    users: [{ name: 'Debian-exim', id: 61_001 }],
    configure(unpacked) {
      const { username, password } = stage.login;
      unpacked.write(
        '/etc/exim4/exim4.conf',
        `primary_hostname = satellite.localdomain
log_file_path = /var/log/exim_%slog
keep_environment =
begin routers
relay:
  driver = manualroute
  transport = relay
  route_list = * 127.0.0.1 byname
  self = send
begin transports
relay:
  driver = smtp
  port = ${stage.relay.port}
  allow_localhost
  hosts_require_auth = *
  hosts_require_tls = *
  tls_verify_hosts =
  tls_try_verify_hosts =
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  client_send = ^${username}^${password}
`,
      );
    },
    inject: `mkdir -p /var/spool/exim4; chown -R Debian-exim /var/spool/exim4 /var/log
      exim4 -odf -i -f "$MAIL_FROM" "$MAIL_TO"; exim4 -qff`,
  },
  {
    client: 'opensmtpd',
    users: [
      { name: 'opensmtpd', id: 61_001 },
      { name: 'opensmtpq', id: 61_002 },
    ],
    configure(unpacked) {
      const { username, password } = stage.login;
      unpacked.write('/etc/ssl/certs/ca-certificates.crt', certificateOf(stage));
      unpacked.write('/etc/smtpd.secrets', `relay ${username}:${password}\n`, 0o600);
      unpacked.write(
        '/etc/smtpd.conf',
        `table secrets file:/etc/smtpd.secrets
action "relay" relay host smtp+tls://relay@relay.test:${stage.relay.port} auth <secrets>
match from any for any action "relay"
`,
      );
    },
    daemon: 'mkdir -p /var/lib/opensmtpd/empty /run/opensmtpd/empty; exec smtpd -d',
    ready: '/var/spool/smtpd/offline',
    // As its package makes it: setgid.
    inject: 'setpriv --regid opensmtpq --clear-groups sendmail -i -f "$MAIL_FROM" "$MAIL_TO"',
  },
  {
    client: 'nullmailer',
    users: [],
    configure(unpacked) {
      const { username, password } = stage.login;
      unpacked.write(
        '/etc/nullmailer/remotes',
        `127.0.0.1 smtp --port=${stage.relay.port} --starttls --insecure --user=${username} --pass=${password}\n`,
        0o644,
      );
      unpacked.write('/etc/nullmailer/me', 'satellite.localdomain\n');
    },
    daemon: `mkdir -p /var/spool/nullmailer/queue /var/spool/nullmailer/tmp /var/spool/nullmailer/failed
      rm -f /var/spool/nullmailer/trigger; mkfifo -m 622 /var/spool/nullmailer/trigger
      chown -R mail:mail /var/spool/nullmailer; touch /run/ready
      exec nullmailer-send`,
    ready: '/run/ready',
    inject: 'nullmailer-inject -f "$MAIL_FROM" "$MAIL_TO"',
  },
  {
    client: 'dma',
    configure(unpacked) {
      const { username, password } = stage.login;
      unpacked.write(
        '/etc/dma/dma.conf',
        `SMARTHOST 127.0.0.1\nPORT ${stage.relay.port}\nAUTHPATH /etc/dma/auth.conf\nSECURETRANSFER\nSTARTTLS\nMAILNAME satellite.localdomain\n`,
      );
      unpacked.write('/etc/dma/auth.conf', `${username}|127.0.0.1:${password}\n`);
    },
    inject: `mkdir -p /var/spool/dma; chown root:mail /var/spool/dma; chmod 2775 /var/spool/dma
      dma -D -i -f "$MAIL_FROM" "$MAIL_TO"; dma -D -q`,
  },
];

describe.each(SATELLITES)('$client', (satellite) => {
  const { client } = satellite;
  const why = missing(client);
  const rewrites = isSettingKey('submission.rewrite_notice_from');

  async function started(): Promise<Unpacked> {
    const unpacked = new Unpacked(client, satellite.users);
    satellite.configure(unpacked);
    const { daemon, ready } = satellite;
    if (daemon !== undefined) {
      unpacked.start(daemon);
      await eventually(() => ready === undefined || unpacked.has(ready)).catch((error: unknown) => {
        throw new Error(`${client} does not begin: ${unpacked.logs()}`, { cause: error });
      });
    }
    return unpacked;
  }

  it.skipIf(why !== undefined)(`delivers intact${why === undefined ? '' : ` (${why})`}`, async () => {
    using unpacked = await started();
    const mail = mailOf(client);
    const env = environmentFor(stage, mail);
    const sent = await unpacked.run(['sh', '-ec', satellite.inject], { env, input: asMessage(mail) });
    expect(sent.code, sent.stderr + sent.stdout + unpacked.logs()).toBe(0);
    await arrives(stage, mail).catch((error: unknown) => {
      throw new Error(`${unpacked.logs()}${sent.stderr}`, { cause: error });
    });
  });

  it.skipIf(why !== undefined || !rewrites)(
    'tells the author that a recipient was refused (needs submission.rewrite_notice_from)',
    async () => {
      using unpacked = await started();
      const author = `${client}-author@${SENDER_DOMAIN}`;
      const mail = { ...mailOf(client), to: SUPPRESSED };
      const env = { ...environmentFor(stage, mail), MAIL_FROM: author };
      const message = asMessage(mail).replace(FROM, author);
      await unpacked.run(['sh', '-c', satellite.inject], { env, input: message });
      const notice = await stage.received(author).catch((error: unknown) => {
        throw new Error(unpacked.logs(), { cause: error });
      });
      expect(notice.reversePath).toBe('');
      const { from, text } = await simpleParser(notice.content);
      expect(from?.value.map(({ address }) => address?.split('@')[1])).toEqual([SENDER_DOMAIN]);
      expect(text).toContain(SUPPRESSED);
    },
  );
});
