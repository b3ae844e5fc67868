/** What relayctl says of the server's certificates, and of ordering one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CertificateFacts, IssuedFacts } from '../../src/policy/certificate.ts';
import { CliStage } from './support/cli-stage.ts';

const DAY = 86_400_000;

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
});
afterEach(async () => await stage.dispose());

function facts(issued: readonly Partial<IssuedFacts>[] | undefined): CertificateFacts {
  const now = stage.clock.now();
  const certificate = { notBeforeMs: now - 30 * DAY, notAfterMs: now + 60 * DAY };
  return {
    cert: undefined,
    key: undefined,
    hostname: 'mail.example.net',
    user: 'postern',
    certificate: { ...certificate, names: ['mail.example.net'], coversHostname: true },
    failure: undefined,
    issued: issued?.map((one) => ({
      name: 'mail.example.net',
      certificate,
      failure: undefined,
      nextOrderMs: now + 30 * DAY,
      ...one,
    })),
  };
}

describe('certificate show', () => {
  test('lists each name with its end and the next order', async () => {
    stage.certificate = facts([
      {},
      {
        name: 'smtp.example.net',
        certificate: undefined,
        nextOrderMs: 0,
        failure: { detail: 'the authority could not connect', remedy: 'open port 80' },
      },
    ]);
    const { code, out } = await stage.run(['certificate', 'show']);
    expect(code).toBe(1);
    expect(out).toContain('by ACME');
    expect(out).toMatch(/mail\.example\.net +2027-01-23 \(in 60 d\) +2026-12-24 \(in 30 d\)/);
    expect(out).toMatch(/smtp\.example\.net +none yet +now/);
    expect(out).toContain('✗ there is no certificate for smtp.example.net: the authority could not connect');
    expect(out).toContain('do: open port 80');
  });

  test('tells the sources apart, for a script too', async () => {
    const source = async () =>
      (JSON.parse((await stage.run(['certificate', 'show', '--json'])).out) as { source: string }).source;
    expect(await source()).toBe('none');
    stage.certificate = facts(undefined);
    expect(await source()).toBe('self-signed');
    stage.certificate = { ...facts(undefined), cert: '/c.pem', key: '/k.pem' };
    expect(await source()).toBe('file');
    stage.certificate = facts([{}]);
    expect(await source()).toBe('acme');
  });
});

describe('certificate renew', () => {
  test('says of each name what came of it, and fails unless all were issued', async () => {
    const asked: unknown[] = [];
    stage.onAsk = (request) => {
      asked.push(request);
      const renewals = [
        { name: 'a.example.net', kind: 'issued' as const, notAfterMs: Date.UTC(2027, 0, 1) },
        { name: 'b.example.net', kind: 'failed' as const, detail: 'no way', remedy: 'make one' },
        { name: 'c.example.net', kind: 'waits' as const, untilMs: Date.UTC(2026, 11, 1) },
      ];
      return Promise.resolve({ kind: 'answered', answer: { renewals } });
    };
    const { code, out } = await stage.run(['certificate', 'renew']);
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      '✓ a.example.net: issued, valid until 2027-01-01T00:00:00.000Z',
      '✗ b.example.net: no way',
      '  do: make one',
      '! c.example.net: no order before 2026-12-01T00:00:00.000Z, for the authority limits them',
      '',
    ]);
    await stage.run(['certificate', 'renew', 'A.example.net']);
    expect(asked).toEqual([
      { operation: 'certificate-renew', name: undefined },
      { operation: 'certificate-renew', name: 'a.example.net' },
    ]);
  });

  test('needs a relayd that runs', async () => {
    const { code, err } = await stage.run(['certificate', 'renew']);
    expect(code).toBe(1);
    expect(err).toContain('relayd is not running');
  });

  test('hands on what relayd refuses', async () => {
    stage.onAsk = () =>
      Promise.resolve({ kind: 'failed', error: { code: 'acme-off', message: 'acme.enabled is false' } });
    expect((await stage.run(['certificate', 'renew'])).err).toContain('acme.enabled is false');
  });
});
