/** The checks of what mail leaves by: sources, smart hosts, port 25 where there is another way. */
import { describe, expect, test } from 'vitest';
import { egress, type EgressFacts } from '../../../src/policy/checks/egress.ts';
import { smartHosts, type SmartHostOutcome } from '../../../src/policy/checks/smart-hosts.ts';
import { sources, type SourceAddressFacts } from '../../../src/policy/checks/sources.ts';

describe('sources', () => {
  const WELL: SourceAddressFacts = {
    source: 'out-1',
    hostname: 'out-1.example.net',
    address: '192.88.1.7',
    isLocal: true,
    reverse: { kind: 'names', names: [{ name: 'out-1.example.net', leadsBack: true }] },
    forward: { kind: 'found', addresses: ['192.88.1.7'] },
  };
  const look = (...changes: readonly Partial<SourceAddressFacts>[]) =>
    sources.look({ addresses: changes.map((change) => ({ ...WELL, ...change })) }, 0);

  test('one that is well has its address and name', () => {
    expect(look({})).toEqual({ ok: true, detail: 'out-1: 192.88.1.7 is out-1.example.net, there and back' });
  });

  test('of a hop nobody asks whether the address is local', () => {
    expect(look({ isLocal: undefined }).ok).toBe(true);
  });

  test.each<[string, Partial<SourceAddressFacts>, RegExp, RegExp]>([
    ['an address of another machine', { isLocal: false }, /no address of this machine/, /ip address add/],
    [
      'no PTR record',
      { reverse: { kind: 'none' } },
      /has no PTR record/,
      /set the PTR record of 192\.88\.1\.7 to out-1/,
    ],
    [
      'a PTR record that leads elsewhere',
      { reverse: { kind: 'names', names: [{ name: 'x.test', leadsBack: false }] } },
      /says x\.test, which does not lead back/,
      /set the PTR record/,
    ],
    [
      'a name without an address',
      { forward: { kind: 'none' } },
      /has no address in DNS/,
      /publish A 192\.88\.1\.7/,
    ],
    [
      'a name of another machine',
      { forward: { kind: 'found', addresses: ['192.88.1.8'] } },
      /which leads elsewhere/,
      /or correct hostname of \[\[source\]\] out-1/,
    ],
  ])('%s is wrong, with what to do', (_what, change, detail, remedy) => {
    const found = look({}, change);
    expect(found.ok).toBe(false);
    expect(found.detail).toMatch(detail);
    expect(found.remedy).toMatch(remedy);
  });

  test('another name than that in EHLO is a warning', () => {
    const found = look({ reverse: { kind: 'names', names: [{ name: 'x.test', leadsBack: true }] } });
    expect([found.ok, found.unknown]).toEqual([true, undefined]);
    expect(found.remedy).toMatch(/better one name/);
  });

  test('what DNS does not tell, and what address translation hides, is not known', () => {
    expect(look({ reverse: undefined })).toMatchObject({ ok: true, unknown: true });
    expect(look({ reverse: { kind: 'failed', reason: 'SERVFAIL' } })).toMatchObject({
      ok: true,
      unknown: true,
    });
  });

  test('a trouble is not hidden by what is not known', () => {
    expect(look({ reverse: undefined }, { isLocal: false })).toMatchObject({ ok: false });
  });
});

describe('smart hosts', () => {
  const look = (...outcomes: readonly SmartHostOutcome[]) =>
    smartHosts.look(
      {
        hosts: outcomes.map((outcome, index) => ({
          route: `r${index}`,
          at: 'smtp.example.net:587',
          username: 'postern',
          outcome,
        })),
      },
      0,
    );

  test('one that takes the login is well', () => {
    expect(look({ kind: 'ready', tls: 'TLSv1.3' })).toEqual({
      ok: true,
      detail: 'r0: smtp.example.net:587 answers with TLSv1.3 and takes the login of postern',
    });
  });

  test.each([
    ['auth', /refuses the login of postern: 535/, /check username and password of \[\[route\]\] r1/],
    ['starttls', /does not give the TLS/, /check tls of/],
    ['connect', /cannot be used/, /check host and port .* 587 and 465/],
    ['greeting', /cannot be used/, /ask whoever runs/],
  ] as const)('one that fails at %s is wrong, with what to do', (stage, detail, remedy) => {
    const found = look({ kind: 'ready', tls: undefined }, { kind: 'failed', stage, reason: '535 5.7.8 no' });
    expect(found.ok).toBe(false);
    expect(found.detail).toMatch(detail);
    expect(found.remedy).toMatch(remedy);
  });

  test('what DNS does not tell is not known', () => {
    expect(look({ kind: 'unknown', reason: 'SERVFAIL' })).toMatchObject({ ok: true, unknown: true });
  });
});

test('a closed port is a warning where mail has another way', () => {
  const closed: EgressFacts = {
    port: 25,
    skipped: undefined,
    tries: [{ host: 'mx.test', outcome: { kind: 'silent', reason: 'no answer in time' } }],
  };
  expect(egress.look(closed, 0).ok).toBe(false);
  const covered = egress.look({ ...closed, direct: 'covered' }, 0);
  expect(covered).toMatchObject({
    ok: true,
    detail: expect.stringContaining('leaves by the fallback') as string,
  });
  expect(covered.remedy).toContain('docs/routes.md');
  expect(egress.look({ ...closed, direct: 'no' }, 0)).toEqual({
    ok: true,
    detail: 'not looked at: no mail goes direct: routes send all of it elsewhere',
  });
});
