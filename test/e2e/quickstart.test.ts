/**
 * `relayctl quickstart` with the real programs, from an empty folder to the first delivered message, against a local DNS server
 * and a local MX. What it prints is used as a person would: the block goes into the zone, the login into an application.
 */
import { execFile } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeDns, type FakeDns } from '../support/fake-dns.ts';
import { DEFAULT_EXTENSIONS } from '../support/fake-mx-options.ts';
import { startFakeMx, type FakeMx } from '../support/fake-mx.ts';
import { body } from './support/received-mail.ts';
import { Relay } from './support/relay-process.ts';
import { SmtpTalk } from './support/smtp-talk.ts';
import { publishZone } from '../support/zone-block.ts';

const DOMAIN = 'fresh.test';
const HOST = `mail.${DOMAIN}`;
const TO = 'me@recipient.test';

interface QuickstartJson {
  readonly verified: boolean;
  readonly ready: boolean;
  readonly can_deliver: boolean | null;
  readonly verdict: string;
  readonly configuration: {
    readonly file: string;
    readonly written: boolean;
    readonly differs: readonly object[];
  };
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  readonly credential: {
    readonly id: string;
    readonly added: boolean;
    readonly username: string;
    readonly password?: string;
  };
  readonly zone: string;
  readonly test: { readonly sent: boolean; readonly delivered?: boolean; readonly reason?: string } | null;
  readonly next: readonly string[];
}

let dns: FakeDns;
let mx: FakeMx;
let relay: Relay;

beforeEach(async () => {
  dns = await startFakeDns({
    'recipient.test': { mx: [{ preference: 10, exchange: 'mx.recipient.test' }] },
    'mx.recipient.test': { a: ['127.0.0.1'] },
    [HOST]: { a: ['127.0.0.7'] },
    '7.0.0.127.in-addr.arpa': { ptr: [HOST] },
  });
  mx = await startFakeMx();
  relay = new Relay({
    dnsServer: dns.address,
    mxPort: mx.port,
    env: {
      RELAY_SUBMISSION__LISTEN: '127.0.0.1:0',
      RELAY_SUBMISSION__LISTEN_TLS: '127.0.0.1:0',
      RELAY_HTTP__LISTEN: '',
      RELAY_DNS__SERVERS: dns.address,
      RELAY_DELIVERY__PORT: String(mx.port),
      RELAY_DELIVERY__ALLOW_PRIVATE_ADDRESSES: 'true',
      RELAY_LOG__FORMAT: 'json',
    },
  });
  // Nothing is there yet: the file of the harness goes, quickstart makes one in its place.
  rmSync(relay.configFile);
});
afterEach(async () => {
  await relay.dispose();
  await Promise.all([dns.close(), mx.close()]);
});

async function quickstart(...args: string[]) {
  const ran = await relay.ctlRaw(['quickstart', DOMAIN, '--hostname', HOST, '--yes', '--json', ...args]);
  return { ...ran, said: JSON.parse(ran.stdout === '' ? '{}' : ran.stdout) as QuickstartJson };
}

describe('quickstart', () => {
  it('leads from an empty folder to the first delivered message, and a rerun changes nothing', async () => {
    const first = await quickstart('--to', TO);
    expect(first.said).toMatchObject({
      verified: false,
      ready: false,
      can_deliver: true,
      configuration: { file: relay.configFile, written: true, differs: [] },
      credential: {
        added: true,
        username: expect.any(String) as string,
        password: expect.any(String) as string,
      },
      test: { sent: false, reason: `${DOMAIN} is not verified yet` },
    });
    expect(first.code).toBe(1);
    expect(first.said.next.join('\n')).toMatch(/start the server: .*publish the DNS records/s);
    const written = readFileSync(relay.configFile, 'utf8');
    expect(written).toContain(`hostname = "${HOST}"`);

    publishZone(dns, first.said.zone);
    await relay.start();
    const second = await quickstart('--to', TO, '--wait', '20s');
    expect(second.said).toMatchObject({
      verified: true,
      ready: true,
      zone: '',
      configuration: { written: false, differs: [] },
      credential: { added: false, id: first.said.credential.id },
      test: { sent: true, settled: true, delivered: true },
      next: [],
    });
    expect(second.code).toBe(0);
    const [message] = mx.messages;
    expect(message?.reversePath).toBe(`postmaster@${DOMAIN}`);
    expect(body(message!.content).toString()).toContain(`relayctl quickstart ${DOMAIN}`);

    const before = await state();
    const third = await quickstart();
    expect([third.code, third.said.ready]).toEqual([0, true]);
    expect(await state()).toEqual(before);
    expect(readFileSync(relay.configFile, 'utf8')).toBe(written);
    expect(mx.messageCount).toBe(1);

    // The login that was shown is the one an application takes.
    const { username, password = '' } = first.said.credential;
    const session = await SmtpTalk.session({ port: relay.port, login: { username, password } });
    await session.submitForId({
      from: `shop@${DOMAIN}`,
      to: 'customer@recipient.test',
      content: `From: <shop@${DOMAIN}>\r\nSubject: An order\r\n\r\nbody\r\n`,
    });
    await session.quit();
  });

  it('has a relayd that runs take over what it adds to the configuration', async () => {
    const rest = `data_dir = "${relay.dataDir}"\n`;
    writeFileSync(relay.configFile, `#hostname = "mail.example.com"\n${rest}`);
    await relay.start();
    const { said } = await quickstart();
    expect(said.configuration).toMatchObject({ written: true, differs: [] });
    expect(said.next.join('\n')).not.toContain('reload');
    expect(readFileSync(relay.configFile, 'utf8')).toBe(`hostname = "${HOST}"\n${rest}`);
    expect(JSON.parse((await relay.ctlRaw(['status', '--json'])).stdout)).toMatchObject({ hostname: HOST });
  });

  it('says plainly that this machine cannot deliver when nothing answers on the port of mail hosts', async () => {
    await mx.close();
    const { code, said } = await quickstart('--to', TO);
    expect([code, said.can_deliver]).toEqual([1, false]);
    expect(said.verdict).toMatch(
      /^This machine cannot deliver mail: nothing answers on port \d+ \(mx\.recipient\.test: /,
    );
    expect(said.next.join('\n')).toContain('open outgoing port 25');
    mx = await startFakeMx();
  });

  it('goes on by a smart host where nothing answers on the port of mail hosts, to a delivered message', async () => {
    await mx.close();
    const login = { username: 'me@smart.test', password: 'correct horse' };
    const extensions = [...DEFAULT_EXTENSIONS, 'AUTH PLAIN'];
    await using smart = await startFakeMx({ login, extensions });
    const passwordFile = path.join(relay.folder, 'smart-host.password');
    writeFileSync(passwordFile, `${login.password}\n`, { mode: 0o600 });
    const flags = ['--smart-host', `127.0.0.1:${smart.port}`, '--smart-host-user', login.username];
    const by = [...flags, '--smart-host-password-file', passwordFile, '--to', TO];

    const closed = await quickstart('--to', TO);
    expect(closed.said.verdict).toContain('This machine cannot deliver mail');
    expect(closed.said.next.join('\n')).toContain('--smart-host HOST:587');

    const first = await quickstart(...by);
    expect(first.said).toMatchObject({ can_deliver: true, configuration: { written: true, differs: [] } });
    expect(first.said.verdict).toContain(`127.0.0.1:${smart.port} answers with TLSv1.3`);
    // It was logged in to, and nothing was sent.
    expect(smart.messageCount).toBe(0);

    publishZone(dns, first.said.zone);
    await relay.start();
    const second = await quickstart(...by, '--wait', '20s');
    expect(second.said).toMatchObject({
      ready: true,
      test: { sent: true, settled: true, delivered: true },
      next: [],
    });
    expect(second.code).toBe(0);
    expect(smart.messages).toMatchObject([{ user: login.username, recipients: [{ address: TO }] }]);
    expect(await relay.ctlList('events', '--type', 'delivered')).toMatchObject([
      { hop: 'relay', route: 'smart-host', recipient: TO },
    ]);
    const files = [readFileSync(relay.configFile, 'utf8'), first.stdout, second.stdout];
    expect(files.join()).not.toContain(login.password);
    mx = await startFakeMx();
  });

  it('tells the steps to a person, and asks nobody but resolvers where no recipient is named', async () => {
    const { stdout } = await relay.ctlRaw(['quickstart', DOMAIN, '--hostname', HOST, '--yes']);
    for (const head of [
      '1. Configuration',
      '2. This machine',
      '3. Domain and credential',
      '4. DNS records',
      'Next',
    ])
      expect(stdout).toContain(head);
    expect(stdout).toContain('Port 25 was not tested');
    expect(mx.connectionCount).toBe(0);
    expect(existsSync(relay.dataDir)).toBe(true);
  });
});

describe('beside a relayd that was started without a configuration', () => {
  it('goes on with the store in the current folder', async () => {
    const cwd = path.join(relay.folder, 'here');
    mkdirSync(cwd);
    const program = path.resolve('bin/relayctl.js');
    const here = (...args: string[]) =>
      promisify(execFile)(process.execPath, [program, ...args], {
        cwd,
        env: { ...process.env, RELAY_DNS__SERVERS: dns.address, RELAY_HTTP__LISTEN: '' },
      }).catch((error: unknown) => error as { readonly stdout: string });
    await here('domain', 'add', DOMAIN);
    const { stdout } = await here('quickstart', DOMAIN, '--yes', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ configuration: { file: path.join(cwd, 'relay.toml') } });
    const shown = await here('domain', 'list', '--json');
    expect(shown.stdout.trim().split('\n')).toHaveLength(1);
    expect(readFileSync(path.join(cwd, 'relay.toml'), 'utf8')).toContain(
      `data_dir = "${path.join(cwd, 'data')}"`,
    );
  });
});

describe.skipIf(process.geteuid?.() !== 0)('as root, for a relayd of another user', () => {
  it('leaves nothing in the data folder that its owner cannot open', async () => {
    const nobody = 65_534;
    mkdirSync(relay.dataDir, { mode: 0o700 });
    chownSync(relay.dataDir, nobody, nobody);
    await quickstart();
    await quickstart();
    const owners = readdirSync(relay.dataDir).map((name) => statSync(path.join(relay.dataDir, name)).uid);
    expect(owners.length).toBeGreaterThanOrEqual(2);
    expect(new Set(owners)).toEqual(new Set([nobody]));
  });
});

/** What a rerun could have changed. */
async function state() {
  return {
    domain: await relay.ctl<{ records: readonly object[] }>('domain', 'show', DOMAIN),
    credentials: await relay.ctlList('credential', 'list'),
  };
}
