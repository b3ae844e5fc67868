/** The real programs with a certificate that is no good: it is said at the start, in status, in the metrics, by `config check`. */
import { X509Certificate } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  makeSelfSignedCertificate,
  type CertificateAndKey,
} from '../../src/smtp/server/self-signed-certificate.ts';
import { Relay } from '../e2e/support/relay-process.ts';
import { eventually } from '../support/eventually.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

let relay: Relay;
const certFile = () => path.join(relay.folder, 'fullchain.pem');
const keyFile = () => path.join(relay.folder, 'privkey.pem');

beforeEach(() => {
  relay = new Relay({ dnsServer: '127.0.0.1:1', mxPort: 1 });
  relay.configure({ tls: { cert: certFile(), key: keyFile() }, http: { listen: ['127.0.0.1:0'] } });
});
afterEach(() => relay.dispose());

function put({ cert, key }: CertificateAndKey): void {
  writeFileSync(certFile(), cert);
  writeFileSync(keyFile(), key, { mode: 0o600 });
}

/** Valid for ten years from `year` on. */
async function madeIn(year: number, hostname = 'relay.test'): Promise<CertificateAndKey> {
  return await makeSelfSignedCertificate(hostname, new VirtualClock(Date.UTC(year, 0, 2)));
}

function logged(event: string): Record<string, string>[] {
  return relay
    .log()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as Record<string, string>);
}

async function metrics(): Promise<string> {
  return await (await fetch(`${relay.httpUrl}/metrics`)).text();
}

/** The certificate that a client is shown. */
async function served(): Promise<Date> {
  const socket = connect({ port: relay.tlsPort, host: '127.0.0.1', rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return new X509Certificate(raw).validToDate;
}

/** relayd must end by itself; gives the reason that it logged. */
async function refusal(): Promise<string> {
  relay.spawn();
  expect(await relay.ended()).toBe(1);
  return logged('cannot start').at(-1)?.['reason'] ?? '';
}

async function configCheck(): Promise<{ code: number; message: string; hint: string }> {
  const { code, stderr } = await relay.ctlRaw(['config', 'check', '--json']);
  const { error } = JSON.parse(stderr) as { error: { message: string; hint: string } };
  const { message, hint } = error;
  return { code, message, hint };
}

describe('a certificate that clients may refuse', () => {
  test('that has expired is said everywhere until it is renewed; a renewal that is no good keeps the old one', async () => {
    put(await madeIn(2010));
    await relay.start();
    const line = expect.objectContaining({
      level: 'warn',
      problem: 'expired',
      detail: `the certificate ${certFile()} expired on 2019-12-31: clients that check it refuse TLS`,
      remedy: expect.stringContaining('renew it') as string,
    }) as object;
    expect(logged('certificate')).toEqual([line]);
    const said = expect.arrayContaining([expect.stringContaining('expired on 2019-12-31')]) as string[];
    const status = await relay.ctlRaw(['status', '--json']);
    expect(status.code).toBe(1);
    const { checks } = JSON.parse(status.stdout) as {
      checks: { name: string; ok: boolean; detail: string }[];
    };
    expect(checks.find(({ name }) => name === 'certificate')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('expired on 2019-12-31') as string,
    });
    expect(await relay.ctl('config', 'check')).toMatchObject({ ok: true, warnings: said });
    const before = await metrics();
    expect(before).toContain('postern_certificate_problem{problem="expired"} 1\n');
    expect(before).toContain('postern_certificate_problem{problem="mismatch"} 0\n');
    expect(before).toContain(
      `postern_certificate_expiry_timestamp_seconds ${(await served()).getTime() / 1000}\n`,
    );

    const renewed = await madeIn(2025);
    put(renewed);
    relay.signal('SIGHUP');
    await eventually(() => logged('reloaded').length === 1);
    expect((await served()).getUTCFullYear()).toBe(2034);
    expect(await metrics()).toContain('postern_certificate_problem{problem="expired"} 0\n');

    put({ ...renewed, key: (await madeIn(2025)).key });
    relay.signal('SIGHUP');
    await eventually(() => logged('reload failed, the old settings stay').length === 1);
    expect(logged('reload failed, the old settings stay')[0]?.['reason']).toContain(
      `the key in ${keyFile()} does not belong to the certificate in ${certFile()}`,
    );
    expect((await served()).getUTCFullYear()).toBe(2034);
    const after = await metrics();
    expect(after).toContain('postern_certificate_problem{problem="mismatch"} 1\n');
    expect(after).toContain('postern_certificate_problem{problem="expired"} 0\n');
    expect(await relay.stop()).toBe(0);
  });

  test('that is for another host, from tomorrow on, is said at the start', async () => {
    put(await madeIn(2060, 'mail.example.org'));
    await relay.start();
    expect(logged('certificate').map(({ problem }) => problem)).toEqual(['not-yet-valid', 'wrong-name']);
    expect(logged('certificate')[1]?.['detail']).toContain('is not for relay.test: it has mail.example.org');
    expect(logged('certificate')[1]?.['remedy']).toContain('set hostname = "mail.example.org"');
  });
});

describe('files that give no certificate', () => {
  test('refuse the start in words, and so says config check', async () => {
    expect(await refusal()).toContain(`there is no file ${certFile()}; fix: `);
    expect(await configCheck()).toMatchObject({ code: 1, message: `there is no file ${certFile()}` });

    put({ ...(await madeIn(2025)), key: (await madeIn(2025)).key });
    expect(await refusal()).toContain('does not belong to the certificate');
    put({ ...(await madeIn(2025)), cert: 'hello\n' });
    expect(await refusal()).toContain(`${certFile()} holds no certificate that can be used`);
    expect(relay.log()).not.toMatch(/error:[0-9A-F]{8}/);
    expect(await configCheck()).toMatchObject({
      code: 1,
      message: expect.stringContaining('holds no certificate') as string,
    });
  });

  test("for root alone, as Let's Encrypt leaves them, are said with the commands, by root's config check too", async () => {
    put(await madeIn(2025));
    const live = path.join(relay.folder, 'letsencrypt/live/relay.test');
    mkdirSync(live, { recursive: true });
    const key = path.join(live, 'privkey.pem');
    writeFileSync(key, (await madeIn(2025)).key);
    relay.configure({ tls: { cert: certFile(), key } });
    // What nobody may read, root reads all the same: there relayd is another user.
    chmodSync(key, process.geteuid?.() === 0 ? 0o600 : 0);
    mkdirSync(relay.dataDir, { mode: 0o700 });
    if (process.geteuid?.() === 0) {
      chownSync(relay.dataDir, 65_534, 65_534);
      chmodSync(relay.folder, 0o755);
    } else expect(await refusal()).toContain('cannot be read by the user');
    const { code, message, hint } = await configCheck();
    expect([code, message]).toEqual([1, expect.stringMatching(`^${key} cannot be read by the user .+`)]);
    expect(hint).toContain(`chmod 755 ${relay.folder}/letsencrypt/renewal-hooks/deploy/postern`);
    rmSync(live, { recursive: true });
  });
});
