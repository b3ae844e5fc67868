/**
 * Webhooks of any events to any receivers: bodies are JSON and their signatures hold for the library that receivers use;
 * whatever comes back means something, and is kept short and printable; no spelling of an address leads into the network
 * that the relay stands in.
 */
import { createServer, isIP, type AddressInfo, type Server } from 'node:net';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ALL_EVENT_TYPES } from '../../src/policy/delivery-state.ts';
import type { StoredEvent } from '../../src/store/views.ts';
import { AddressError, allowedAddresses } from '../../src/webhook/address-guard.ts';
import { EXCERPT_LENGTH, excerptOf } from '../../src/webhook/excerpt.ts';
import { webhookBody, webhookMessageId } from '../../src/webhook/payload.ts';
import { judge, retryAfterMs, LONGEST_RETRY_AFTER_MS } from '../../src/webhook/response.ts';
import { createSender, type Sender } from '../../src/webhook/sender.ts';
import { signatureHeaders, webhookSecret } from '../../src/webhook/signature.ts';
import { checkWebhookUrl, hostOf } from '../../src/webhook/webhook-url.ts';
import { isPublicAddress } from '../../src/dns/address-ranges.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { itHolds } from './support/fuzz.ts';
import { cuts, pieces, soup, wordSoup } from './support/octets.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  wordSoup(['\ud800', '\u2028', '\0', '"', '\\', '</script>', '\r\n', 'é', '😀', '__proto__']),
);
const dictionary = fc.dictionary(anyText, anyText, { maxKeys: 5 });
const event: fc.Arbitrary<StoredEvent> = fc.record({
  sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  type: fc.constantFrom(...ALL_EVENT_TYPES),
  atMs: fc.integer({ min: 0, max: 4e12 }),
  accountName: anyText,
  messageId: fc.option(anyText, { nil: undefined }),
  deliveryId: fc.option(anyText, { nil: undefined }),
  recipient: fc.option(anyText, { nil: undefined }),
  stream: fc.option(anyText, { nil: undefined }),
  tags: fc.array(anyText, { maxLength: 5 }),
  metadata: dictionary,
  // Whatever the type says: it is read from a column.
  data: fc.dictionary(
    fc.oneof(anyText, fc.constantFrom('id', 'event', 'timestamp', 'message_id')),
    fc.jsonValue(),
    { maxKeys: 4 },
  ) as unknown as fc.Arbitrary<StoredEvent['data']>,
});

describe('the body of a webhook', () => {
  itHolds(
    'is JSON with the fixed facts, and its signature holds, whatever the event has',
    { seed: 981, runs: 250 },
    fc.tuple(
      event,
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
    ),
    ([told, key, nextKey]) => {
      const body = webhookBody(told);
      expect(body).not.toMatch(/[\r\n]/);
      const read = JSON.parse(body) as Record<string, unknown>;
      expect(read['event']).toBe(told.type);
      expect(read['message_id']).toEqual(told.messageId ?? null);
      expect(read['tags']).toEqual(told.tags);
      const id = webhookMessageId('whk_0123456789', told.sequence);
      expect(id).not.toContain('.');
      const headers = signatureHeaders({ id, atMs: Date.now(), body, keys: [key, nextKey] });
      // As it goes over the wire: UTF-8.
      const received = Buffer.from(body, 'utf8').toString('utf8');
      for (const good of [key, nextKey])
        expect(new Webhook(webhookSecret(good)).verify(received, { ...headers })).toEqual(
          JSON.parse(received),
        );
      expect(() => new Webhook(webhookSecret(key)).verify(`${received} `, { ...headers })).toThrow();
    },
  );
});

const RESPONSE_ALPHABET = [
  ...[
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 410 Gone\r\n',
    'HTTP/1.1 302 Found\r\n',
    'HTTP/1.0 503 x\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
  ],
  ...[
    'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n',
    'HTTP/1.1 999 \r\n',
    'HTTP/9.9 200 OK\r\n',
    'HTTP/1.1 20',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Content-Length: 99999999999\r\n',
    'Transfer-Encoding: chunked\r\n',
  ],
  ...[
    'Location: http://127.0.0.1/\r\n',
    'Location: \xff\r\n',
    'Retry-After: 9999999999\r\n',
    'Retry-After: Thu, 99 Foo\r\n',
  ],
  ...[
    'Connection: close\r\n',
    '\r\n',
    '\r\n\r\n',
    '5\r\nhello\r\n',
    '0\r\n\r\n',
    'ffffffff\r\n',
    'hello',
    '\0',
    '\xff',
    ':',
    'X: y\r\n',
  ],
  ...['x'.repeat(20_000), 'Set-Cookie: a\r\n', '\n', 'SSH-2.0-x\r\n', '220 mx ESMTP\r\n'],
];

describe('a receiver', () => {
  let server: Server;
  let sender: Sender;
  let answer: readonly Buffer[] = [];
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        for (const part of answer) socket.write(part);
        socket.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const nothing = () => Promise.resolve({ kind: 'not-found', nxdomain: true } as const);
    sender = createSender({
      guard: { resolver: { a: nothing, aaaa: nothing }, allowPrivateAddresses: true },
      clock: systemClock,
      connections: 1,
      timeoutMs: 2_000,
    });
  });
  afterAll(() => {
    sender.close();
    server.close();
  });

  itHolds<readonly [Buffer, readonly number[]]>(
    'may answer anything at all: it means something, and what is kept is short and printable',
    {
      seed: 982,
      runs: 150,
      examples: [[Buffer.from('HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'), []]],
    },
    fc.tuple(
      fc
        .tuple(fc.constantFrom('', ...RESPONSE_ALPHABET.slice(0, 3)), soup(RESPONSE_ALPHABET, 8))
        .map(([start, rest]) => Buffer.concat([Buffer.from(start), rest])),
      cuts,
    ),
    async ([bytes, at]) => {
      answer = pieces(bytes, at.length > 50 ? [] : at);
      const { port } = server.address() as AddressInfo;
      const result = await sender.send({ url: `http://127.0.0.1:${port}/`, headers: {}, body: '{}' });
      const verdict = judge(result, 1_000_000);
      expect(['delivered', 'gone', 'failed']).toContain(verdict.kind);
      if (verdict.kind !== 'delivered') expect(verdict.error).toMatch(/^[\x20-\x7e]{1,400}$/);
      if (result.kind === 'answered' && result.excerpt !== undefined) {
        expect(result.excerpt.length).toBeLessThanOrEqual(2 * EXCERPT_LENGTH);
        expect(result.excerpt).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }
    },
  );

  itHolds(
    'may ask to be left alone for any time',
    { seed: 983, runs: 800 },
    wordSoup(['9', '0', '-', ' ', 'Thu, ', '01 Jan 2030', ' 00:00:00 GMT', 'Infinity', 'e', '.'], 6),
    (field) => {
      const untilMs = retryAfterMs(field, 5_000);
      if (untilMs === undefined) return;
      expect(untilMs).toBeGreaterThan(5_000);
      expect(untilMs).toBeLessThanOrEqual(5_000 + LONGEST_RETRY_AFTER_MS);
    },
  );

  itHolds(
    'may say anything in its body',
    { seed: 984, runs: 800 },
    soup(
      ['a', '\xc3\xa9', '\xc3', '\xf0\x9f\x98\x80', '\xe2\x80\xae', '\0', '\r\n', '\x1b[2J', 'b'.repeat(499)],
      12,
    ),
    (bytes) => {
      const excerpt = excerptOf(bytes);
      if (excerpt === undefined) return;
      expect(Array.from(excerpt).length).toBeLessThanOrEqual(EXCERPT_LENGTH);
      expect(excerpt.isWellFormed()).toBe(true);
      expect(excerpt).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    },
  );
});

/** Of networks that are nobody's business. */
const privateIpv4 = fc.oneof(
  fc.tuple(fc.constantFrom(10, 127, 0), fc.nat(255), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), fc.nat(255), fc.nat(255)),
);

/** One address in the spellings that URL parsers, inet_aton and DNS know. */
const spelling = fc.tuple(privateIpv4, fc.nat(19)).map(([octets, way]) => {
  const [a, b, c, d] = octets;
  const number = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const groups = `${hex(a * 256 + b, 1)}:${hex(c * 256 + d, 1)}`;
  const dotted = octets.join('.');
  const spellings = [
    dotted,
    String(number),
    `0x${hex(number, 8)}`,
    `0${number.toString(8)}`,
    octets.map((octet) => `0x${hex(octet, 2)}`).join('.'),
    octets.map((octet) => `0${octet.toString(8)}`).join('.'),
    `${a}.${b}.${c * 256 + d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${dotted}.`,
    dotted.replaceAll('.', '。'),
    dotted.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    dotted.replace('.', '%2e'),
    `[::ffff:${dotted}]`,
    `[::ffff:${groups}]`,
    `[0:0:0:0:0:FFFF:${groups}]`,
    `[64:ff9b::${groups}]`,
    `[2002:${groups}::1]`,
    `[::${dotted}]`,
    `[::ffff:0:${groups}]`,
    `[64:ff9b:1::${groups}]`,
  ];
  return spellings[way] ?? dotted;
});
const OTHERS = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  '[::1]',
  '[::]',
  '[fe80::1]',
  '[fd00::1]',
  '[ff02::1]',
  '[0:0:0:0:0:0:0:1]',
  'ⓛocalhost',
  '[::1%25lo]',
];
const rules = { allowHttp: true, allowPrivateAddresses: false };

describe('a webhook to a private address', () => {
  itHolds(
    'is refused however the address is written, by its text or when it is connected to',
    { seed: 985, runs: 500, examples: OTHERS },
    fc.oneof({ weight: 9, arbitrary: spelling }, { weight: 1, arbitrary: fc.constantFrom(...OTHERS) }),
    async (host) => {
      for (const text of [
        `http://${host}/`,
        `https://${host}:8080/x`,
        `http:\\\\${host}`,
        `http:/${host}`,
        `\thttp://${host}\n`,
      ]) {
        const checked = checkWebhookUrl(text, rules);
        if ('problem' in checked) continue;
        // What is no address by its text is asked of DNS, and is refused there.
        const name = hostOf(new URL(checked.url));
        expect(isIP(name) === 0 || isPublicAddress(name), `${text} -> ${name}`).toBe(true);
        const nobody = () => Promise.resolve({ kind: 'not-found', nxdomain: true } as const);
        await expect(
          allowedAddresses(name, { resolver: { a: nobody, aaaa: nobody }, allowPrivateAddresses: false }),
        ).rejects.toThrow(AddressError);
      }
    },
  );

  itHolds(
    'is refused when DNS says it, in whatever company',
    { seed: 986, runs: 600 },
    fc.tuple(
      fc.array(
        fc.oneof(
          privateIpv4.map((octets) => octets.join('.')),
          fc.constant('192.88.99.1'),
          fc.constant('8.8.8.8'),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      fc.array(
        fc.oneof(
          fc.ipV6(),
          privateIpv4.map((octets) => `::ffff:${octets.join('.')}`),
        ),
        { maxLength: 3 },
      ),
    ),
    async ([a, aaaa]) => {
      const found = (records: readonly string[]) =>
        Promise.resolve({ kind: 'found', records, ttlSeconds: 1 } as const);
      const resolver = { a: () => found(a), aaaa: () => found(aaaa) };
      const asked = allowedAddresses('app.example.org', { resolver, allowPrivateAddresses: false });
      const addresses = await asked.catch((error: unknown) => {
        expect(error).toBeInstanceOf(AddressError);
        return [];
      });
      expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
      expect(addresses.filter((address) => /^(?:10|127|0|192\.168|169\.254)\./.test(address))).toEqual([]);
    },
  );
});
