/**
 * Messages of any content through POST /v1/send and /v1/batch: each is taken or refused in the form of errors; what is
 * taken is in the store, for its recipients, with a header that holds what was asked for and nothing else; and what is
 * refused is not.
 */
import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { parseHeaderSection } from '../../src/message/header-section.ts';
import { parseNamedAddress, isNamedAddress } from '../../src/compose/named-address.ts';
import { formatMailbox } from '../../src/smtp/address.ts';
import { HttpStage, type Call } from '../http/support/http-stage.ts';
import { itHolds } from './support/fuzz.ts';
import { wordSoup } from './support/octets.ts';

let relay: HttpStage;
let key: string;
beforeAll(async () => {
  relay = await HttpStage.start({
    http: { requestsPerMinute: 10_000_000 },
    env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' },
  });
  key = await relay.key();
});
afterAll(() => relay[Symbol.asyncDispose]());

const WORDS = [
  ...[
    'a',
    'Ada',
    ' ',
    'é',
    '😀',
    '"',
    "'",
    '\\',
    '<',
    '>',
    ',',
    ';',
    ':',
    '(',
    ')',
    '@',
    '.',
    '=?utf-8?q?=40?=',
    '=',
    '&',
    '%',
  ],
  ...[
    '\r\n',
    '\r',
    '\n',
    '\0',
    '\t',
    '\u2028',
    '\u0085',
    '\u00a0',
    '\u202e',
    '\u200b',
    '\ud800',
    'From: x@y.example',
    '\r\n.\r\n',
  ],
  ...[
    '\r\nBcc: z@z.example',
    '--',
    '  ',
    'x'.repeat(80),
    'x'.repeat(1_000),
    '<script>',
    '{{ x }}',
    'b@example.net',
    'ß',
  ],
];
const anyText = wordSoup(WORDS, 6);
const goodText = wordSoup(
  [
    'a',
    'Ada',
    ' ',
    'é',
    '😀',
    '"',
    '.',
    ',',
    '=',
    '\n',
    'x'.repeat(90),
    '\r\n.\r\n',
    '\nFrom ',
    '\t',
    '--',
    '\u200b',
    '\ud800',
  ],
  8,
);
const oneLine = goodText.map((text) => text.replace(/\p{Cc}/gu, ' '));
const named = wordSoup(
  ['A', 'é', '"', '\\', ',', ';', ':', '(', ')', '.', '=?utf-8?q?=40?=', '=?', '😀', ' '],
  5,
);
const author = fc.oneof(
  fc.constantFrom(
    'ada@example.org',
    'Ada <ada@example.org>',
    '"L, Ada" <ada@example.org>',
    'Ädä <ada@bücher.example>',
  ),
  named.map((name) => `${name} <ada@example.org>`),
);
const to = fc.oneof(
  author.map((one): string | string[] => one),
  fc.array(fc.oneof(author, fc.constantFrom('é@example.net', '"b c"@example.net')), {
    minLength: 1,
    maxLength: 3,
  }),
);
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

/** What a program would send. */
const message = fc.record({
  from: author,
  to,
  cc: some(to),
  bcc: some(fc.constantFrom('secret@hidden.example', ['secret@hidden.example'])),
  reply_to: some(author),
  subject: some(oneLine),
  text: goodText,
  html: some(goodText),
  headers: some(
    fc.dictionary(
      fc.constantFrom('X-One', 'x-two', 'List-Unsubscribe', 'In-Reply-To', 'Precedence'),
      oneLine.map((text): string | string[] => `v${text}`),
      { maxKeys: 3 },
    ),
  ),
  attachments: some(
    fc.array(
      fc.record({
        filename: fc.oneof(
          fc.constantFrom('a.txt', 'é.pdf', '../../x', 'a"b.html', 'x.eml'),
          named.map((name) => `${name}.x`),
        ),
        content: fc.base64String(),
        content_type: some(
          fc.constantFrom('text/plain', 'application/pdf', 'message/rfc822', 'text/html; charset=x'),
        ),
        content_id: some(fc.constantFrom('logo', 'a"b')),
      }),
      { maxLength: 2 },
    ),
  ),
  tags: some(fc.array(fc.constantFrom('t', 'u'), { maxLength: 3 })),
  metadata: some(fc.dictionary(fc.constantFrom('k', 'constructor', 'toString'), oneLine, { maxKeys: 3 })),
  send_at: some(fc.constantFrom('2020-01-01T00:00:00Z', new Date(Date.now() + 86_400_000).toISOString())),
  expires_in: some(fc.constantFrom<string | number>('10m', 600)),
});
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

/** What comes in a field's place. */
const anything = fc.oneof(
  anyText as fc.Arbitrary<unknown>,
  fc.array(anyText, { maxLength: 3 }) as fc.Arbitrary<unknown>,
  wordSoup(WORDS, 3).map((name): unknown => `${name} <ada@example.org>`),
  fc.dictionary(
    fc.oneof(fc.constantFrom('From', 'X-Relay-Tag', 'Content-Type', '__proto__', 'k'), anyText),
    anyText,
    { maxKeys: 2 },
  ) as fc.Arbitrary<unknown>,
  fc.constantFrom<unknown>('2099-01-01T00:00:00Z', '0000-00-00T00:00:00Z', -1, 1e300, '0s', '', [], {}),
  fc.constantFrom<unknown>(
    [{ filename: 'a', content: '*' }],
    [{ filename: 'a\r\nb', content: 'YQ==' }],
    [{ filename: 'a', content: 'YQ==', content_id: 'a b' }],
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
);

/** Fields left out, renamed, or holding anything. */
const mutated = fc
  .tuple(message, fc.array(fc.tuple(fc.nat(13), fc.nat(2), anything), { maxLength: 1 }))
  .map(([good, changes]) => {
    const entries = Object.entries(good).filter(([, value]) => value !== undefined) as [string, unknown][];
    for (const [at, way, value] of changes) {
      const place = at % entries.length;
      if (way === 0) entries.splice(place, 1);
      else entries[place] = [way === 1 ? (entries[place]?.[0] ?? 'x') : 'extra', value];
      if (entries.length === 0) entries.push(['x', 1]);
    }
    return Object.fromEntries(entries);
  });

async function contentOf(id: string): Promise<Buffer> {
  const content = await relay.reader.contentIdOf(id);
  if (content === undefined) throw new Error(`${id} has no content`);
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < (await relay.reader.chunkCount(content)); index++)
    chunks.push(await relay.reader.readChunk(content, index));
  return Buffer.concat(chunks);
}

/** Line ends wherever a field could be begun with them. */
const BREAK = 'v\r\nX-Injected: i\r\nBcc: z@z.example\r\n';
const PLAIN = { from: 'ada@example.org', to: 'b@example.net', text: 'x' };
const INJECTIONS = [
  { ...PLAIN, headers: { 'X-One': BREAK } },
  { ...PLAIN, headers: { [`X-One: ${BREAK}X-Two`]: 'v' } },
  { ...PLAIN, subject: BREAK },
  { ...PLAIN, from: `${BREAK} <ada@example.org>` },
  { ...PLAIN, to: `"${BREAK}" <b@example.net>` },
  { ...PLAIN, reply_to: `${BREAK}<b@example.net>` },
  { ...PLAIN, attachments: [{ filename: BREAK, content: 'YQ==' }] },
  { ...PLAIN, attachments: [{ filename: 'a', content: 'YQ==', content_type: `text/plain; name=${BREAK}` }] },
  { ...PLAIN, attachments: [{ filename: 'a', content: 'YQ==', content_id: BREAK }] },
] as unknown as readonly Partial<Message>[];

const SINGLE = [
  'from',
  'to',
  'cc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'mime-version',
  'content-type',
];

async function expectStored(id: string, given: Partial<Message>): Promise<void> {
  // Null is as if it were not there.
  const sent: Partial<Message> = Object.fromEntries(
    Object.entries(given).filter(([, value]: [string, unknown]) => value !== null),
  );
  const view = await relay.reader.messageById(id);
  if (view === undefined) throw new Error(`${id} was answered and is not in the store`);
  const recipients = [sent.to, sent.cc, sent.bcc].flat().filter((each) => each !== undefined);
  const wanted = recipients.map((each) => mailboxOf(each));
  expect(new Set(view.deliveries.map(({ recipient }) => recipient))).toEqual(new Set(wanted));
  const content = await contentOf(id);
  const text = content.toString('latin1');
  expect(text).not.toMatch(/\r(?!\n)|(?<!\r)\n|\0/);
  for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
  const { fields } = parseHeaderSection(content);
  const names = fields.map(({ name }) => name);
  for (const name of SINGLE)
    expect(names.filter((each) => each === name).length, name).toBeLessThanOrEqual(1);
  for (const name of names) expect(name).toMatch(/^[!-9;-~]+$/);
  expect(
    names.filter((name) =>
      /^(?:bcc|x-injected|resent-.*|x-relay-(?!message-id$|report-token$).*)$/.test(name),
    ),
  ).toEqual([]);
  // Received tells a single recipient that it is the one.
  if (view.deliveries.length > 1) expect(text.includes('hidden.example')).toBe(false);

  const seen = await simpleParser(content, { skipTextToHtml: true, skipHtmlToText: true });
  // The reader shows domains in their other form.
  expect(seen.from?.value.map(({ address }) => mailboxOf(address ?? ''))).toEqual([
    mailboxOf(sent.from ?? ''),
  ]);
  if (sent.subject !== undefined) expect(spaced(seen.subject ?? '')).toBe(spaced(sent.subject));
  if (sent.text !== undefined && sent.attachments === undefined)
    expect(lines(seen.text ?? '')).toBe(lines(sent.text));
}

function mailboxOf(text: string): string {
  const parsed = parseNamedAddress(text);
  if (!isNamedAddress(parsed)) throw new Error(`${JSON.stringify(text)} was taken: ${parsed.problem}`);
  return formatMailbox(parsed.mailbox);
}

/** Folding may change one kind of white space to another. */
const spaced = (text: string) => text.toWellFormed().replace(/\s+/g, ' ').trim();
const lines = (text: string) =>
  text
    .toWellFormed()
    .replace(/\r\n|\r|\n/g, '\n')
    .replace(/\s+$/, '');

function expectError(body: unknown): void {
  expect(body).toMatchObject({
    error: { code: expect.stringMatching(/^[a-z-]+$/) as string, message: expect.any(String) as string },
  });
  const { message: said } = (body as { error: { message: string } }).error;
  expect(said).not.toMatch(/\bat .*\.ts|node_modules|SQLITE|undefined|\[object/);
}

async function answerTo(
  path: string,
  call: Call,
): Promise<{ readonly status: number; readonly body: unknown }> {
  return await relay.call(path, call);
}

async function stored(): Promise<number> {
  return relay.reader.lastEventSequence();
}

describe('a message to send', () => {
  itHolds<Partial<Message>>(
    'is in the store as it was meant, or refused and is not',
    { seed: 1_001, runs: 120, through: 0.3, examples: INJECTIONS },
    mutated,
    async (sent) => {
      const before = await stored();
      const { status, body } = await answerTo('/v1/send', { key, body: sent });
      if (status === 200) {
        await expectStored((body as { id: string }).id, sent);
        return;
      }
      expect(status >= 400 && status < 500, `${status} ${JSON.stringify(body)}`).toBe(true);
      expectError(body);
      expect(await stored()).toBe(before);
      return false;
    },
  );

  itHolds(
    'in company has a result of its own, and each that is good is in the store',
    { seed: 1_002, runs: 40 },
    fc.array(
      fc.oneof({ weight: 5, arbitrary: mutated }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) }),
      { maxLength: 5 },
    ),
    async (messages) => {
      const { status, body } = await answerTo('/v1/batch', { key, body: { messages } });
      if (messages.length === 0 || JSON.stringify(messages).includes('"__proto__"')) {
        expect(status).toBe(400);
        expectError(body);
        return;
      }
      expect(status).toBe(200);
      const { results, accepted } = body as { results: { id?: string; error?: unknown }[]; accepted: number };
      expect(results).toHaveLength(messages.length);
      expect(results.filter(({ id }) => id !== undefined)).toHaveLength(accepted);
      for (const [index, result] of results.entries()) {
        if (result.id === undefined) expectError(result);
        else await expectStored(result.id, messages[index] as Partial<Message>);
      }
    },
  );

  itHolds(
    'as any octets is refused in the form of errors',
    { seed: 1_003, runs: 60 },
    wordSoup(
      [
        '{',
        '}',
        '[',
        ']',
        '"',
        ':',
        ',',
        '"from"',
        '1',
        'null',
        '\ufeff',
        '\0',
        '"__proto__":',
        '{"from":"ada@example.org","to":"b@example.net","text":"x"}',
        ' ',
      ],
      10,
    ),
    async (text) => {
      const { status, body } = await answerTo('/v1/send', { key, body: text });
      if (status === 200) return;
      expect(status >= 400 && status < 500).toBe(true);
      expectError(body);
    },
  );
});
