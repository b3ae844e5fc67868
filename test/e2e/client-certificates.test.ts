/** Clients that log in by certificate at the real relayd, set up with relayctl alone: from the first refusal to a rotation. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatFingerprint } from '../../src/policy/client-certificate.ts';
import { Wire } from '../protocol/support/dialogue.ts';
import { makeClientCertificate, type MadeCertificate } from '../support/client-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `web1@${SENDER_DOMAIN}`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({ config: { submission: { listen_certificates: ['127.0.0.1:0'] } } });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

function port(): number {
  const found = stage.relay.listeners().submission.find(({ certificates }) => certificates);
  if (found === undefined) throw new Error('no listener asks for certificates');
  return found.port;
}

async function login({
  cert,
  key,
}: MadeCertificate): Promise<{ readonly wire: Wire; readonly reply: string }> {
  const wire = await Wire.open(port(), { implicitTls: true, tls: { cert, key } });
  await wire.reply();
  await wire.command('EHLO web1.example');
  return { wire, reply: await wire.command('AUTH EXTERNAL =') };
}

async function send(wire: Wire, local: string): Promise<string> {
  const to = `${local}@${RECIPIENT_DOMAIN}`;
  return await wire.message(FROM, [to], `From: ${FROM}\r\nTo: ${to}\r\nSubject: hello\r\n\r\nhello\r\n`);
}

/** As an operator has it. */
function fileOf(name: string, { cert }: MadeCertificate): string {
  const file = path.join(stage.relay.folder, name);
  writeFileSync(file, cert);
  return file;
}

const ctl = async <T>(...args: string[]) => await stage.relay.ctl<T>(...args);
const logged = (event: string) =>
  stage.relay
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter((line) => line['event'] === event);

interface Shown {
  readonly id: string;
  readonly certificate: { readonly fingerprint: string; readonly not_after: string | null };
  readonly last_used: { readonly secret_at: string | null; readonly old_secret_at: string | null } | null;
}

test('the log has the command that adds what was refused; then its mail is delivered, and its end is known', async () => {
  const web1 = makeClientCertificate({ name: 'web1', notAfterMs: Date.parse('2049-01-02T03:04:05Z') });
  const refused = await login(web1);
  expect(refused.reply).toBe('535 5.7.8 Authentication credentials invalid');
  refused.wire.destroy();
  await eventually(() => logged('login failed').length > 0);
  const fix = String(logged('login failed')[0]?.['fix']).replace('NAME', 'web1');
  expect(fix).toContain(formatFingerprint(web1.fingerprint));
  const added = await ctl<Shown>(...fix.split(' ').slice(1));
  expect(added).toMatchObject({ password: null, certificate: { not_after: null } });
  const { wire, reply } = await login(web1);
  expect(reply).toBe('235 2.7.0 Authentication successful');
  expect(await send(wire, 'first')).toMatch(/^250 2\.0\.0 Ok: queued as msg_/);
  wire.destroy();
  expect((await stage.received(`first@${RECIPIENT_DOMAIN}`)).reversePath).toBe(FROM);
  const shown = await eventually(async () => {
    const one = await ctl<Shown>('credential', 'show', 'web1');
    if (one.last_used === null) throw new Error('not used yet');
    return one;
  });
  expect(shown.certificate).toEqual({
    ...{ fingerprint: formatFingerprint(web1.fingerprint), subject: 'CN=web1' },
    not_after: '2049-01-02T03:04:05.000Z',
  });
});

test('a rotation keeps the old certificate for a while, and its end ends the sessions of it', async () => {
  const [old, fresh] = [makeClientCertificate({ key: 'rsa' }), makeClientCertificate({ key: 'ed25519' })];
  const { id } = await ctl<Shown>(
    'credential',
    'add',
    '--name',
    'web2',
    '--certificate',
    fileOf('old.crt', old),
  );
  const before = await login(old);
  expect(before.reply).toMatch(/^235/);
  const next = fileOf('fresh.crt', fresh);
  await ctl('credential', 'rotate', 'web2', '--certificate', next, '--keep-old', '24h');
  const after = await login(fresh);
  expect(after.reply).toMatch(/^235/);
  expect(await send(before.wire, 'old')).toMatch(/^250/);
  await ctl('credential', 'rotate', 'web2', '--end-old');
  await before.wire.closed();
  expect(before.wire.unread).toMatch(/^421 4\.7\.0 .*no longer valid/);
  const again = await login(old);
  expect(again.reply).toMatch(/^535/);
  again.wire.destroy();
  expect(await send(after.wire, 'fresh')).toMatch(/^250/);
  await ctl('credential', 'revoke', id, '--yes');
  await after.wire.closed();
  expect(after.wire.unread).toMatch(/^421 4\.7\.0/);
  const audit = JSON.stringify(await stage.relay.ctlList('audit', 'list'));
  for (const { fingerprint } of [old, fresh]) expect(audit).toContain(formatFingerprint(fingerprint));
});

test('the other ports ask for no certificate', async () => {
  const { cert, key } = makeClientCertificate();
  const wire = await Wire.open(stage.relay.tlsPort, { implicitTls: true, tls: { cert, key } });
  await wire.reply();
  expect(await wire.command('EHLO web1.example')).not.toContain('EXTERNAL');
  wire.destroy();
});
