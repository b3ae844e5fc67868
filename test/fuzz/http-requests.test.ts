/**
 * Bodies, queries and paths that nobody would write, from a seed: whatever comes, no route answers 500, and nothing that is
 * refused says a word of our insides. Names of fields come from the API's own description, so that values get past them.
 */
import { expect, test } from 'vitest';
import { HttpStage } from '../http/support/http-stage.ts';
import { acceptMessage } from '../http/support/accept-message.ts';
import { seededRandom } from '../support/seeded-random.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20261124);
const REQUESTS_PER_ROUTE = 60;

const random = seededRandom(SEED);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random.float() * items.length)]!;
const chance = (share: number) => random.float() < share;

const SCALARS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 53,
  '',
  ' ',
  'a',
  'x'.repeat(5_000),
  '\u0000',
  '\r\nBcc: a@b.example',
  '\ud800',
  '😀',
  'a@example.org',
  'Ada <ada@example.net>',
  '@',
  '<>',
  '[127.0.0.1]',
  'xn--a',
  '../../etc/passwd',
  '%00',
  '{{ "a" | b }}',
  '{% for i in (1..100000000) %}{% endfor %}',
  '2027-01-01T00:00:00Z',
  '0000-00-00T00:00:00Z',
  '99999999999999999999',
  'evt_00000000000001',
  'msg_00000000000000000000000000',
  '__proto__',
  'constructor',
  'toString',
  'https://127.0.0.1/',
  'javascript:alert(1)',
];

function value(depth: number, names: readonly string[]): unknown {
  const kind = random.float();
  if (depth === 0 || kind < 0.6) return pick(SCALARS);
  const size = Math.floor(random.float() * 4);
  if (kind < 0.8) return Array.from({ length: size }, () => value(depth - 1, names));
  return object(depth - 1, names, size);
}

function object(depth: number, names: readonly string[], size: number): Record<string, unknown> {
  const entries = Array.from({ length: size }, () => [
    chance(0.9) ? pick(names) : String(pick(SCALARS)),
    value(depth, names),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Every name of a field in the description of an operation. */
function namesIn(schema: unknown, document: any, seen = new Set<unknown>()): string[] {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return [];
  seen.add(schema);
  const reference = (schema as { $ref?: string }).$ref;
  if (reference !== undefined)
    return namesIn(document.components.schemas[reference.split('/').at(-1)!], document, seen);
  const own = Object.keys((schema as { properties?: object }).properties ?? {});
  return [...own, ...Object.values(schema).flatMap((inner) => namesIn(inner, document, seen))];
}

/** Requests that are good, to be changed in a place or two: what is random from the start rarely gets past the schema. */
const MESSAGE = {
  from: 'Ada <ada@example.org>',
  to: ['b@example.net', 'C <c@example.net>'],
  cc: 'd@example.net',
  subject: 'x',
  text: 'y',
  html: '<p>y</p>',
  headers: { 'X-One': 'a', 'X-Two': ['b', 'c'] },
  attachments: [{ filename: 'a.txt', content: 'aGVsbG8=', content_type: 'text/plain' }],
  tags: ['t'],
  metadata: { k: 'v' },
  stream: 'transactional',
  expires_in: '1h',
};
const GOOD: Readonly<Record<string, object>> = {
  'POST /v1/send': MESSAGE,
  'POST /v1/batch': { messages: [MESSAGE, { ...MESSAGE, to: 'e@example.net' }] },
  'PATCH /v1/messages/:id': { send_at: '2030-01-01T00:00:00Z' },
  'POST /v1/credentials': {
    kind: 'api',
    name: 'n',
    scopes: ['send'],
    allow_ip: ['10.0.0.0/8'],
    rate_per_minute: 5,
  },
  'POST /v1/domains': { domain: 'new.example' },
  'POST /v1/streams': { name: 'news', kind: 'broadcast' },
  'POST /v1/suppressions': { address: 'a@example.net', note: 'x', expires_at: '2030-01-01T00:00:00Z' },
  'POST /v1/templates': {
    name: 'n',
    subject: 'Hi {{ name }}',
    html: '<p>{{ name }}</p>',
    variables: ['name'],
  },
  'PUT /v1/templates/:id': { subject: 'Hi {{ name }}', text: '{{ name }}' },
  'POST /v1/templates/:id/render': { variables: { name: 'x' } },
  'POST /v1/webhooks': { url: 'https://hooks.example/x', events: ['delivered'] },
  'PATCH /v1/webhooks/:id': { url: 'https://hooks.example/y', events: ['bounced'] },
  'POST /v1/webhooks/:id/replay': { from: 'evt_00000000000001', to: 'evt_00000000000002' },
};

/** `good` with a field replaced, left out or added, at any depth. */
function mutated(good: unknown, names: readonly string[]): unknown {
  if (typeof good !== 'object' || good === null) return value(1, names);
  const keys = Object.keys(good);
  const copy: any = Array.isArray(good) ? [...(good as unknown[])] : { ...good };
  const key = keys.length === 0 ? 'x' : pick(keys);
  if (chance(0.15)) Reflect.deleteProperty(copy as object, key);
  else if (chance(0.1) && !Array.isArray(copy)) copy[pick(names)] = value(2, names);
  else copy[key] = chance(0.5) ? mutated(copy[key], names) : value(2, names);
  return copy;
}

function bodyFor(names: readonly string[], good: object | undefined): string {
  if (good !== undefined && chance(0.7)) {
    let body: unknown = good;
    for (let left = Math.floor(random.float() * 3); left > 0; left--) body = mutated(body, names);
    return JSON.stringify(body);
  }
  const kind = random.float();
  if (kind < 0.05) return '';
  if (kind < 0.1) return pick(['{', '[', '"', '{"a":}', '\u0000', '{"a":1}{"b":2}', '[1,]', '\ufeff{}']);
  if (kind < 0.2) return JSON.stringify(value(2, names));
  return JSON.stringify(object(3, names, 1 + Math.floor(random.float() * 8)));
}

/** Ids of what a key can make. */
async function madeBy(relay: HttpStage, key: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const pathname of ['/v1/credentials', '/v1/templates', '/v1/webhooks']) {
    const { body } = await relay.call(pathname, { key, body: GOOD[`POST ${pathname}`] });
    ids.push(body.id);
  }
  return ids;
}

test('no request is answered with 500', { timeout: 120_000 }, async () => {
  await using relay = await HttpStage.start({
    http: { requestsPerMinute: 1_000_000 },
    env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' },
  });
  const key = await relay.key();
  const ids = [
    await acceptMessage(relay),
    await acceptMessage(relay, { sendAtMs: Date.now() + 3_600_000 }),
    ...(await madeBy(relay, key)),
    'example.org',
    'a@example.net',
  ];
  const { body: document } = await relay.call('/openapi.json');
  const found: string[] = [];
  for (const { method, url, scope } of relay.service.routes) {
    if (scope === undefined || method === 'HEAD' || url === '/v1/events/stream') continue;
    const operation = document.paths[url.replaceAll(/:(\w+)/g, '{$1}')][method.toLowerCase()];
    const names = namesIn(operation.requestBody, document);
    const queries = (operation.parameters ?? [])
      .filter((parameter: any) => parameter.in === 'query')
      .map((parameter: any) => parameter.name as string);
    for (let count = 0; count < REQUESTS_PER_ROUTE; count++) {
      const path = url.replaceAll(/:\w+/g, () =>
        encodeURIComponent(chance(0.5) ? pick(ids) : text(pick(SCALARS))),
      );
      const search = new URLSearchParams();
      for (const name of queries) if (chance(0.4)) search.append(name, text(pick(SCALARS)));
      if (chance(0.1)) search.append(text(pick(SCALARS)), text(pick(SCALARS)));
      const body = method === 'GET' ? undefined : bodyFor([...names, 'x'], GOOD[`${method} ${url}`]);
      const request = `${method} ${path}?${search.toString()} ${body?.slice(0, 300) ?? ''}`;
      const answer = await relay.call(`${path}?${search.toString()}`, {
        key,
        method,
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status >= 500 && answer.status !== 503) found.push(`${answer.status} ${request}`);
      if (answer.status >= 400) {
        expect(typeof answer.body.error?.code, request).toBe('string');
        expect(JSON.stringify(answer.body), request).not.toMatch(
          /node_modules|at \w+ \(|\.ts:\d|SQLITE|\bzod\b/i,
        );
      }
    }
  }
  const reasons = relay.log
    .filter(({ event }) => event === 'internal error')
    .map(({ route, reason }) => `${String(route)}: ${String(reason).slice(0, 400)}`);
  expect([...new Set(reasons)], `seed ${SEED}`).toEqual([]);
  expect(found, `seed ${SEED}`).toEqual([]);
});

/** A path segment or a parameter: not empty, not a dot, which the client would resolve. */
function text(scalar: unknown): string {
  const words = String(scalar).slice(0, 400).toWellFormed();
  return words === '' || words === '.' || words === '..' ? '_' : words;
}
