/** The checks of a relay: what each facts mean, what is said to everybody, and since when. */
import { describe, expect, test } from 'vitest';
import {
  lookAtChecks,
  publicReason,
  stopsMail,
  type CheckFacts,
  type CheckName,
} from '../../../src/policy/checks/registry.ts';
import type { ListOutcome } from '../../../src/policy/checks/blocklists.ts';
import { timed, turned } from '../../../src/policy/checks/since.ts';

const NOW = Date.UTC(2026, 10, 29, 12);
const DAY = 86_400_000;
const MIB = 1024 * 1024;

const withKey = (key: object) => ({
  master_key: {
    ...{ file: '/data/master.key', state: 'same' as const },
    others: [
      {
        ...{ keyId: 'k1', accepted: true, secrets: 0, erased: 0, names: [] },
        ...{ usedUntilMs: NOW, removableAtMs: undefined },
        ...key,
      },
    ],
  },
});

const WELL = {
  relayd: { state: 'runs' },
  store: { file: '/data/postern.db', outcome: { kind: 'answers' } },
  disk: { folder: '/data', freeBytes: 256 * MIB, reserveBytes: 256 * MIB },
  delivery: { runs: true },
  listeners: { submission: 0, http: 1 },
  certificate: {
    cert: '/etc/tls/cert.pem',
    key: '/etc/tls/key.pem',
    hostname: 'mail.example.net',
    user: 'postern',
    certificate: {
      notBeforeMs: NOW,
      notAfterMs: NOW + 90 * DAY,
      names: ['mail.example.net'],
      coversHostname: true,
    },
    failure: undefined,
  },
  master_key: { file: '/data/master.key', state: 'same' },
  file_rights: { findings: [] },
  dns: { servers: '192.0.2.53:53', outcome: { kind: 'answers' } },
  resolver: { servers: '192.0.2.53:53', validates: true, refusedBy: undefined },
  hostname: {
    hostname: 'mail.example.net',
    forward: { kind: 'found', addresses: ['192.0.2.7'] },
    unreachable: [],
    sending: { public: ['192.0.2.7'], private: [] },
  },
  reverse_dns: {
    hostname: 'mail.example.net',
    sending: { public: ['192.0.2.7'], private: [] },
    addresses: [
      {
        address: '192.0.2.7',
        outcome: { kind: 'names', names: [{ name: 'mail.example.net', leadsBack: true }] },
      },
    ],
  },
  egress: {
    port: 25,
    skipped: undefined,
    tries: [{ host: 'mx.example.org', outcome: { kind: 'greeted', code: 220, text: '220 mx ESMTP' } }],
  },
  blocklists: {
    sending: { public: ['192.0.2.7'], private: [] },
    off: false,
    answers: [
      { list: 'One', address: '192.0.2.7', removal: 'https://one.example/', outcome: { kind: 'clear' } },
    ],
  },
  domains: { looked: 2, failing: 0, names: [], refused: [] },
  clock: { newestEventMs: NOW + 59_000 },
  configuration: { needsRestart: [], failure: undefined },
} as const satisfies CheckFacts;

const one = (facts: CheckFacts, nowMs = NOW) => {
  const [result, ...rest] = lookAtChecks(facts, nowMs);
  expect(rest).toEqual([]);
  return result!;
};

test('all is well where every fact is, and then nothing is to be done', () => {
  const results = lookAtChecks(WELL, NOW);
  expect(results.map(({ name }) => name)).toEqual(Object.keys(WELL));
  for (const result of results) {
    expect(result).toMatchObject({ ok: true, detail: expect.stringMatching(/./) as string });
    expect(result.remedy, result.name).toBeUndefined();
    expect(publicReason(result)).toBeUndefined();
    expect(stopsMail(result)).toBe(false);
  }
});

test('what nobody has looked at is left out, not well', () => {
  expect(lookAtChecks({ delivery: { runs: true } }, NOW).map(({ name }) => name)).toEqual(['delivery']);
  expect(lookAtChecks({}, NOW)).toEqual([]);
});

const { certificate, store } = WELL;
const read = (changes: object) => ({
  certificate: { ...certificate, certificate: { ...certificate.certificate, ...changes } },
});
const outcome = (changed: NonNullable<CheckFacts['store']>['outcome']) => ({
  store: { ...store, outcome: changed },
});

const FAULTS: readonly (readonly [
  what: string,
  facts: CheckFacts,
  stopsMail: boolean,
  detail: RegExp,
  remedy: RegExp,
])[] = [
  ['stopping', { relayd: { state: 'stopping' } }, true, /stopping/, /start it again/],
  [
    'draining',
    { relayd: { state: 'draining', node: 'mx2' } },
    true,
    /takes no new mail/,
    /^to go on: relayctl node drain mx2 --off$/,
  ],
  ['down', { relayd: { state: 'down', dataDir: '/data' } }, true, /not running on \/data/, /relayd/],
  [
    'unheard',
    { relayd: { state: 'unheard', pid: 7, why: 'no socket', remedy: 'restart it' } },
    true,
    /pid 7\) cannot be asked: no socket/,
    /^restart it$/,
  ],
  ['slow store', outcome({ kind: 'waits', forMs: 2_400 }), true, /for 2 s/, /fuser -v \/data\/postern\.db/],
  ['locked store', outcome({ kind: 'failed', code: 'busy', message: 'locked' }), true, /^locked$/, /fuser/],
  ['full store', outcome({ kind: 'failed', code: 'disk-full', message: 'full' }), true, /^full$/, /room/],
  ['broken store', outcome({ kind: 'failed', code: 'failed', message: 'I/O' }), true, /^I\/O$/, /disk/],
  [
    'full disk',
    { disk: { folder: '/data', freeBytes: 256 * MIB - 1, reserveBytes: 256 * MIB } },
    true,
    /^255 MiB are free in \/data, less than the reserve of 256 MiB/,
    /make room/,
  ],
  ['lost disk', { disk: { ...WELL.disk, freeBytes: undefined } }, true, /cannot be looked at/, /mounted/],
  ['no delivery', { delivery: { runs: false } }, true, /does not run/, /log/],
  [
    'a key that waits for a restart',
    { configuration: { needsRestart: ['http.listen', 'data_dir'], failure: undefined } },
    false,
    /^restart needed for http\.listen, data_dir: /,
    /restart relayd/,
  ],
  [
    'a reload that failed',
    { configuration: { needsRestart: ['http.listen'], failure: 'relay.toml:2: a\nrelay.toml:3: b' } },
    false,
    /^the last reload changed nothing: relay\.toml:2: a \(and 1 more\)$/,
    /config check/,
  ],
  ['no port', { listeners: { submission: 0, http: 0 } }, true, /no port/, /submission\.listen/],
  ['expired', read({ notAfterMs: NOW }), false, /cert\.pem expired on 2026-11-29/, /renew/],
  ['too early', read({ notBeforeMs: NOW + 1 }), false, /not valid before 2026/, /clock/],
  ['another name', read({ coversHostname: false }), false, /is not for mail\.example\.net/, /hostname/],
  [
    'unreadable certificate',
    {
      certificate: {
        ...certificate,
        certificate: undefined,
        failure: { kind: 'unreadable', file: '/etc/tls/key.pem', code: 'EACCES' },
      },
    },
    false,
    /key\.pem cannot be read by the user postern/,
    /chown/,
  ],
  [
    'lost key',
    { master_key: { ...WELL.master_key, state: 'missing' } },
    false,
    /not there any more/,
    /backup/,
  ],
  ['another key', { master_key: { ...WELL.master_key, state: 'different' } }, false, /another key/, /backup/],
  [
    'a key that is gone, and erased addresses needed it',
    withKey({ accepted: false, erased: 2 }),
    false,
    /2 erased addresses .* may be mailed again.* k1 is not accepted/,
    /previous_data_keys/,
  ],
  [
    'a key that is gone, and credentials needed it',
    withKey({ accepted: false, secrets: 1, names: ['shop'] }),
    false,
    /1 credentials cannot log in.* k1 .*: shop$/,
    /previous_data_keys/,
  ],
  [
    'no DNS',
    { dns: { ...WELL.dns, outcome: { kind: 'failed', reason: 'REFUSED' } } },
    false,
    /192\.0\.2\.53:53 do not answer \(REFUSED\)/,
    /dns\.servers/,
  ],
  ['silent DNS', { dns: { ...WELL.dns, outcome: { kind: 'waits' } } }, false, /no answer in time/, /port 53/],
  [
    'DKIM records gone',
    { domains: { looked: 9, failing: 4, names: ['a.example', 'b.example', 'c.example'], refused: [] } },
    false,
    /records of a\.example, b\.example, c\.example and 1 more are missing/,
    /publish the records of relayctl domain show a\.example/,
  ],
  [
    'open files',
    {
      file_rights: { findings: ['/data is open; fix: chmod 700 /data', '/key is open; fix: chmod 600 /key'] },
    },
    false,
    /^\/data is open; \/key is open$/,
    /^chmod 700 \/data; chmod 600 \/key$/,
  ],
  [
    'a name of no DNS',
    { hostname: { ...WELL.hostname, hostname: 'web-1', forward: { kind: 'none' } } },
    false,
    /^web-1, the name in EHLO, is no name of the public DNS/,
    /set hostname to a full name/,
  ],
  [
    'a local name',
    { hostname: { ...WELL.hostname, hostname: 'web-1.localdomain' } },
    false,
    /no name of the public DNS/,
    /set hostname/,
  ],
  [
    'a name without an address',
    { hostname: { ...WELL.hostname, forward: { kind: 'none' } } },
    false,
    /has no address in DNS/,
    /^publish A 192\.0\.2\.7 for mail\.example\.net$/,
  ],
  [
    'a name of an inner address',
    {
      hostname: {
        ...WELL.hostname,
        forward: { kind: 'found', addresses: ['10.0.0.7'] },
        unreachable: ['10.0.0.7'],
      },
    },
    false,
    /leads to 10\.0\.0\.7, which nobody outside can reach/,
    /publish A 192/,
  ],
  [
    'a name that leads elsewhere',
    {
      hostname: {
        ...WELL.hostname,
        sending: { public: ['192.0.2.7', '2001:db8::7'], private: [] },
      },
    },
    false,
    /but mail leaves from 2001:db8::7$/,
    /^publish AAAA 2001:db8::7 for mail\.example\.net$/,
  ],
  [
    'an address without a name',
    {
      reverse_dns: { ...WELL.reverse_dns, addresses: [{ address: '192.0.2.7', outcome: { kind: 'none' } }] },
    },
    false,
    /^192\.0\.2\.7 has no PTR record: /,
    /^set the PTR record of 192\.0\.2\.7 to mail\.example\.net, where the address is rented/,
  ],
  [
    'a PTR record that does not lead back',
    {
      reverse_dns: {
        ...WELL.reverse_dns,
        addresses: [
          {
            address: '192.0.2.7',
            outcome: { kind: 'names', names: [{ name: 'host7.example.org', leadsBack: false }] },
          },
        ],
      },
    },
    false,
    /says host7\.example\.org, which does not lead back to it/,
    /set the PTR record/,
  ],
  [
    'a closed port',
    {
      egress: {
        ...WELL.egress,
        tries: [
          { host: 'mx.example.org', outcome: { kind: 'silent', reason: 'no answer in time' } },
          { host: 'example.com', outcome: { kind: 'unknown', reason: 'SERVFAIL' } },
        ],
      },
    },
    false,
    /^nothing answers on port 25 \(mx\.example\.org: no answer in time\)/,
    /open outgoing port 25/,
  ],
  [
    'a listing',
    {
      blocklists: {
        ...WELL.blocklists,
        answers: [
          ...WELL.blocklists.answers,
          {
            list: 'Two',
            address: '192.0.2.7',
            removal: 'https://two.example/',
            outcome: { kind: 'listed', meaning: 'spam' },
          },
        ],
      },
    },
    false,
    /^Two lists 192\.0\.2\.7 \(spam\)$/,
    /ask for removal: https:\/\/two\.example\/$/,
  ],
  ['clock set back', { clock: { newestEventMs: NOW + 60_001 } }, false, /set back/, /timedatectl/],
];

test.each(FAULTS)('%s is told with what to do', (_, facts, stops, detail, remedy) => {
  const result = one(facts);
  expect(result.ok).toBe(false);
  expect(result.detail).toMatch(detail);
  expect(result.remedy).toMatch(remedy);
  expect(stopsMail(result)).toBe(stops);
});

test.each([
  ['secrets', { secrets: 2 }, '2 secrets depend on the previous key k1'],
  ['erased addresses', { erased: 2 }, '2 suppressions of erased addresses depend on the previous key k1'],
  ['sealed values, for a moment', {}, 'the previous key k1 is needed'],
  ['tokens', { removableAtMs: NOW + DAY }, 'the previous key k1 can go on 2026-11-30'],
  ['nothing', { removableAtMs: NOW }, 'nothing depends on the previous key k1, which can go'],
  [
    'nothing, as it waits to be used',
    { usedUntilMs: undefined, removableAtMs: 0 },
    'nothing was made under the key k1 so far',
  ],
])('a master key beside the present one is told with what depends on it: %s', (_, key, words) => {
  expect(one(withKey(key))).toMatchObject({
    ok: true,
    detail: `/data/master.key is the key of this store; ${words}`,
  });
});

test('what everybody may read names no path, address, host or process', () => {
  for (const [what, facts] of FAULTS) expect(publicReason(one(facts)), what).toMatch(/^[A-Za-z ]+$/);
});

test('a clock from before this program is wrong without any event', () => {
  expect(one({ clock: { newestEventMs: undefined } }, Date.UTC(1970, 0, 1))).toMatchObject({ ok: false });
});

const listsThat = (...outcomes: readonly ListOutcome[]) => ({
  blocklists: {
    ...WELL.blocklists,
    answers: outcomes.map((found, at) => ({
      list: `List ${at + 1}`,
      address: '192.0.2.7',
      removal: 'https://list.example/',
      outcome: found,
    })),
  },
});

const WARNINGS: readonly (readonly [what: string, facts: CheckFacts, detail: RegExp, remedy: RegExp])[] = [
  [
    'a rule for an account that does not exist',
    { configuration: { needsRestart: [], failure: undefined, unknownMail: ['rule "a" is for x', 'rule b'] } },
    /; rule "a" is for x \(and 1 more\)$/,
    /destination_rules/,
  ],
  [
    'a greeting that refuses',
    {
      egress: {
        ...WELL.egress,
        tries: [
          ...WELL.egress.tries,
          { host: 'mx2', outcome: { kind: 'greeted', code: 554, text: '554 no PTR' } },
        ],
      },
    },
    /port 25 is open, but mx2 greets with "554 no PTR"/,
    /blocklist/,
  ],
  [
    'another name in EHLO',
    { reverse_dns: { ...WELL.reverse_dns, hostname: 'relay.example.net' } },
    /is mail\.example\.net, there and back, which is not the name in EHLO, relay\.example\.net/,
    /better one name/,
  ],
  ['no DNSSEC', { resolver: { ...WELL.resolver, validates: false } }, /do not validate DNSSEC/, /unbound/],
  [
    'a public resolver',
    { resolver: { ...WELL.resolver, refusedBy: { name: 'Spamhaus ZEN', reason: 'a public resolver' } } },
    /^Spamhaus ZEN does not answer 192\.0\.2\.53:53 \(a public resolver\)/,
    /unbound/,
  ],
  [
    'a clock of its own',
    { clock: { newestEventMs: NOW, synchronized: false } },
    /no time server/,
    /timedatectl/,
  ],
];

test.each(WARNINGS)(
  '%s is a warning: it is well, and there is something to do',
  (_, facts, detail, remedy) => {
    const result = one(facts);
    expect(result.ok).toBe(true);
    expect(result.detail).toMatch(detail);
    expect(result.remedy).toMatch(remedy);
  },
);

const UNKNOWN: readonly (readonly [what: string, facts: CheckFacts])[] = [
  [
    'a mail host that DNS does not tell',
    {
      egress: {
        ...WELL.egress,
        tries: [{ host: 'example.com', outcome: { kind: 'unknown', reason: 'SERVFAIL' } }],
      },
    },
  ],
  [
    'a name that DNS does not tell',
    { hostname: { ...WELL.hostname, forward: { kind: 'failed', reason: 'x' } } },
  ],
  [
    'a PTR record that DNS does not tell',
    {
      reverse_dns: {
        ...WELL.reverse_dns,
        addresses: [{ address: '192.0.2.7', outcome: { kind: 'failed', reason: 'SERVFAIL' } }],
      },
    },
  ],
  ['no address at all', { reverse_dns: { ...WELL.reverse_dns, addresses: [] } }],
  ['lists that refuse the query', listsThat({ kind: 'failed', reason: 'a public resolver' })],
  ['no address to ask about', listsThat()],
  ['a silent resolver', { resolver: { ...WELL.resolver, validates: undefined } }],
];

test.each(UNKNOWN)('%s is no finding, and leaves what was known', (_, facts) => {
  const result = one(facts);
  expect(result).toMatchObject({ ok: true, unknown: true });
  const known = timed([], [{ ...result, ok: false, detail: 'known', unknown: undefined }], 1);
  expect(timed(known, [result], 2)).toEqual(known);
  expect(turned(known, timed(known, [result], 2))).toEqual([]);
});

test('one list that answers is enough, and those that do not are named', () => {
  expect(one(listsThat({ kind: 'clear' }, { kind: 'failed', reason: 'silent' }))).toMatchObject({
    ok: true,
    detail: '192.0.2.7 is not on List 1 (not heard: List 2: silent)',
  });
});

test('behind address translation the name is not compared with an inner address', () => {
  const sending = { public: [], private: ['10.0.0.7'] };
  const result = one({ hostname: { ...WELL.hostname, sending } });
  expect(result).toMatchObject({
    ok: true,
    detail: expect.stringMatching(/behind address translation \(10\.0\.0\.7\)/) as string,
  });
});

test('what is not asked for is well', () => {
  expect(one({ egress: { port: 25, skipped: 'nothing is asked', tries: [] } }).ok).toBe(true);
  expect(one({ blocklists: { ...WELL.blocklists, off: true, answers: [] } }).unknown).toBeUndefined();
});

describe('since', () => {
  const at = (ok: boolean, nowMs: number, before = timed([], [], 0)) =>
    timed(before, [{ name: 'disk' satisfies CheckName, ok, detail: '' }], nowMs);

  test('stays while a check says the same, and is new when it turns', () => {
    const first = at(true, 1);
    const second = at(true, 2, first);
    const failed = at(false, 3, second);
    const still = at(false, 4, failed);
    expect([first, second, failed, still].map(([result]) => result?.sinceMs)).toEqual([1, 1, 3, 3]);
    expect(turned(second, failed)).toEqual(failed);
    expect(turned(failed, still)).toEqual([]);
    expect(turned(still, at(true, 5, still))).toHaveLength(1);
  });

  test('what fails at the first look is news, what is well is not', () => {
    expect(turned([], at(false, 1))).toHaveLength(1);
    expect(turned([], at(true, 1))).toEqual([]);
  });
});

test('a host name with hundreds of addresses is told of in a line that people can read', () => {
  const addresses = Array.from({ length: 900 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
  const hostname = { ...WELL.hostname, forward: { kind: 'found', addresses }, unreachable: addresses };
  const [result] = lookAtChecks({ hostname } as unknown as CheckFacts, NOW);
  expect(result?.detail).toContain('10.0.0.7 and 892 more, which nobody outside can reach');
  expect(result?.detail.length).toBeLessThan(300);
});
