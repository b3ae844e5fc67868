/** Programs of the command line that hand one message in, and Alertmanager: each delivers intact through STARTTLS. */
import { createServer } from 'node:net';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSettingKey } from '../../src/config/settings.ts';
import { formatFingerprint } from '../../src/policy/client-certificate.ts';
import { certificateOf } from '../e2e/support/own-certificate.ts';
import { curl, run } from '../e2e/support/programs.ts';
import { Stage } from '../e2e/support/stage.ts';
import { makeClientCertificate } from '../support/client-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { arrives, asMessage, environmentFor, FROM, mailOf, type Mail } from './support/sent-mail.ts';
import { missing, Unpacked } from './support/unpacked.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({ config: { submission: { listen_certificates: ['127.0.0.1:0'] } } });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

interface Tool {
  readonly client: string;
  /** A script of sh; the message, or what `input` makes, is on standard input. */
  readonly script: string;
  readonly input?: (mail: Mail) => string;
  readonly configure?: (unpacked: Unpacked) => void;
}

const TOOLS: readonly Tool[] = [
  {
    client: 'msmtp',
    script: `msmtp --host="$SMTP_HOST" --port="$SMTP_PORT" --auth=plain --user="$SMTP_USERNAME" \
      --passwordeval='printenv SMTP_PASSWORD' --tls=on --tls-starttls=on --tls-certcheck=off --from="$MAIL_FROM" "$MAIL_TO"`,
  },
  {
    client: 'ssmtp',
    script: 'ssmtp "$MAIL_TO"',
    configure(unpacked) {
      unpacked.write(
        '/etc/ssmtp/ssmtp.conf',
        `mailhub=127.0.0.1:${stage.relay.port}\nUseTLS=YES\nUseSTARTTLS=YES\nAuthUser=${stage.login.username}
AuthPass=${stage.login.password}\nFromLineOverride=YES\nhostname=satellite.localdomain\n`,
      );
    },
  },
  {
    client: 'swaks',
    script: `swaks --server "$SMTP_HOST" --port "$SMTP_PORT" --tls --auth PLAIN --auth-user "$SMTP_USERNAME" \
      --auth-password "$SMTP_PASSWORD" --from "$MAIL_FROM" --to "$MAIL_TO" --data -`,
  },
  {
    client: 'mutt',
    script: 'HOME=/var/tmp mutt -n -F /etc/mutt-test -s "$MAIL_SUBJECT" -- "$MAIL_TO"',
    input: ({ text }) => text,
    configure(unpacked) {
      const { username, password } = stage.login;
      unpacked.write('/etc/mutt-certificates', certificateOf(stage));
      unpacked.write(
        '/etc/mutt-test',
        `set smtp_url="smtp://${username.replaceAll('@', '%40')}@127.0.0.1:${stage.relay.port}/"\nset smtp_pass="${password}"
set ssl_force_tls=yes ssl_starttls=yes ssl_verify_host=no certificate_file=/etc/mutt-certificates
set from="${FROM}" use_from=yes use_envelope_from=yes copy=no charset=utf-8 send_charset="utf-8"\n`,
      );
    },
  },
  {
    client: 's-nail',
    script: `s-nail -:/ -S v15-compat -S sendwait -S sendcharsets=utf-8 -S tls-verify=ignore -S smtp-use-starttls \
      -S smtp-auth=plain -S from="$MAIL_FROM" -S mta="smtp://$URL_USERNAME:$SMTP_PASSWORD@$SMTP_HOST:$SMTP_PORT" \
      -s "$MAIL_SUBJECT" "$MAIL_TO"`,
    input: ({ text }) => `${text}\n`,
  },
];

describe.each(TOOLS)('$client', ({ client, script, input, configure }) => {
  const why = missing(client);
  it.skipIf(why !== undefined)(`delivers intact${why === undefined ? '' : ` (${why})`}`, async () => {
    using unpacked = new Unpacked(client);
    configure?.(unpacked);
    const mail = mailOf(client);
    const env = {
      ...environmentFor(stage, mail),
      URL_USERNAME: encodeURIComponent(stage.login.username),
    };
    const sent = await unpacked.run(['sh', '-ec', script], { env, input: (input ?? asMessage)(mail) });
    expect(sent.code, sent.stderr + sent.stdout).toBe(0);
    await arrives(stage, mail);
  });
});

describe('msmtp by its certificate', () => {
  const why = missing('msmtp');
  it.skipIf(why !== undefined)(`delivers intact${why === undefined ? '' : ` (${why})`}`, async () => {
    const mail = mailOf('msmtp-certificate');
    using unpacked = new Unpacked('msmtp');
    const made = makeClientCertificate({ key: 'rsa' });
    unpacked.write('/etc/web1.crt', made.cert);
    unpacked.write('/etc/web1.key', made.key);
    const { username } = await stage.relay.ctl<{ readonly username: string }>(
      ...['credential', 'add', '--name', 'web1', '--certificate', formatFingerprint(made.fingerprint)],
    );
    const listening = stage.relay.listeners().submission.find(({ certificates }) => certificates);
    const env = {
      ...environmentFor(stage, mail),
      CERTIFICATES_PORT: String(listening?.port),
      CERTIFICATE_USERNAME: username,
    };
    // Without a user name msmtp takes 334 for a success, and goes on to MAIL.
    const script = `msmtp --host="$SMTP_HOST" --port="$CERTIFICATES_PORT" --auth=external --user="$CERTIFICATE_USERNAME" \
      --tls=on --tls-starttls=off --tls-certcheck=off --tls-cert-file=/etc/web1.crt --tls-key-file=/etc/web1.key \
      --from="$MAIL_FROM" "$MAIL_TO"`;
    const sent = await unpacked.run(['sh', '-ec', script], { env, input: asMessage(mail) });
    expect(sent.code, sent.stderr + sent.stdout).toBe(0);
    await arrives(stage, mail);
  });
});

describe('curl', () => {
  it.skipIf(curl === undefined)('delivers intact (needs curl)', async () => {
    const mail = mailOf('curl');
    const { username, password } = stage.login;
    const options = ['--silent', '--show-error', '--ssl-reqd', '--insecure', '--crlf', '--upload-file', '-'];
    const envelope = ['--mail-from', FROM, '--mail-rcpt', mail.to, '--user', `${username}:${password}`];
    const url = `smtp://127.0.0.1:${stage.relay.port}/client.test`;
    const sent = await run(curl ?? '', [...options, ...envelope, url], { input: asMessage(mail) });
    expect(sent.code, sent.stderr).toBe(0);
    await arrives(stage, mail);
  });
});

describe('alertmanager', () => {
  const why = missing('alertmanager');

  async function alert(from: string, mail: Mail): Promise<Unpacked> {
    const unpacked = new Unpacked('alertmanager');
    const { username, password } = stage.login;
    const settings = {
      global: {
        smtp_smarthost: `127.0.0.1:${stage.relay.port}`,
        smtp_from: from,
        smtp_auth_username: username,
        smtp_auth_password: password,
      },
      route: { receiver: 'mail', group_wait: '0s' },
      receivers: [
        {
          name: 'mail',
          email_configs: [
            {
              to: mail.to,
              html: '',
              text: mail.text,
              headers: { Subject: mail.subject },
              tls_config: { insecure_skip_verify: true },
            },
          ],
        },
      ],
    };
    // JSON is YAML.
    unpacked.write('/etc/alertmanager.yml', JSON.stringify(settings));
    const port = await freePort();
    unpacked.start(
      `exec prometheus-alertmanager --config.file=/etc/alertmanager.yml --storage.path=/var/tmp \
        --cluster.listen-address= --web.listen-address=127.0.0.1:${port}`,
    );
    await eventually(
      async () => {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify([{ labels: { alertname: 'Full' } }]),
        });
        return answer.ok;
      },
      { what: 'Alertmanager to take an alert', timeoutMs: 30_000, everyMs: 50 },
    );
    return unpacked;
  }

  it.skipIf(why !== undefined)(`delivers intact${why === undefined ? '' : ` (${why})`}`, async () => {
    const mail = mailOf('alertmanager');
    using _alertmanager = await alert(FROM, mail);
    await arrives(stage, mail);
  });

  it.skipIf(why !== undefined)(
    'with a name beyond ASCII delivers, or is seen among the refused',
    async () => {
      const mail = mailOf('alertmanager-name');
      using _alertmanager = await alert(`Überwachung <${FROM}>`, mail);
      if (isSettingKey('submission.rewrite_notice_from')) {
        const { content } = await stage.received(mail.to);
        expect((await simpleParser(content)).from?.value.map(({ address }) => address)).toEqual([FROM]);
        return;
      }
      const refused = await eventually(async () => {
        const list = await stage.relay.ctlList<Refused>('message', 'list', '--refused');
        return list.length > 0 ? list : undefined;
      });
      expect(refused?.[0]).toMatchObject({
        reply: expect.stringMatching(/^554 5\.6\.0 /) as string,
        recipients: [mail.to],
      });
    },
  );
});

interface Refused {
  readonly id: string;
  readonly reply: string;
}

/** Free a moment ago: Alertmanager does not say which one the system chose. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
