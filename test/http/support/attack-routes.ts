/**
 * Object-level authorization (OWASP API1:2023) as one attack, for every engine: each registered route is tried with the key of one
 * account on what the other has; a route that is added later has to say here what that would be.
 */
import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { acceptMessage } from './accept-message.ts';
import type { HttpStage } from './http-stage.ts';

/** In everything that the first account has. */
export const MARK = 'firstaccount';

/** By the path up to its parameter: the id of something that the first account has. */
type Belongings = Readonly<Record<string, string>>;

async function belongingsOf(relay: HttpStage, key: string): Promise<Belongings> {
  const add = async (pathname: string, body: object) => (await relay.call(pathname, { key, body })).body;
  await add('/v1/domains', { domain: `${MARK}.example` });
  await add('/v1/suppressions', { address: `${MARK}@example.net` });
  await add('/v1/streams', { name: MARK });
  const credential = await add('/v1/credentials', { name: MARK, kind: 'api' });
  const message = await acceptMessage(relay, {
    subject: MARK,
    tags: [MARK],
    metadata: { mark: MARK },
    recipients: [`${MARK}@example.net`],
    sendAtMs: Date.now() + 3_600_000,
  });
  return {
    '/v1/domains/:domain': `${MARK}.example`,
    '/v1/suppressions/:address': `${MARK}@example.net`,
    '/v1/recipients/:address': `${MARK}@example.net`,
    '/v1/streams/:name': MARK,
    '/v1/credentials/:id': credential.id,
    '/v1/messages/:id': message,
    ...(await madeBy(relay, key)),
  };
}

/** Of nouns whose making takes more. */
async function madeBy(relay: HttpStage, key: string): Promise<Belongings> {
  const template = await relay.call('/v1/templates', {
    key,
    body: { name: MARK, subject: MARK, text: MARK },
  });
  const webhook = await relay.call('/v1/webhooks', { key, body: { url: `https://${MARK}.example/hook` } });
  return {
    ...(template.status === 404 ? {} : { '/v1/templates/:id': template.body.id as string }),
    ...(webhook.status === 404 ? {} : { '/v1/webhooks/:id': webhook.body.id as string }),
  };
}

/** Good for some route with a body. */
const BODY = {
  name: 'x',
  url: 'https://x.example/',
  rate_per_minute: 5,
  send_at: '2099-01-01T00:00:00Z',
  text: 'x',
};

function idOf(path: string): string {
  return decodeURIComponent(path.split('/')[3] ?? '');
}

/** The same path with what nobody has. */
function nowhere(path: string): string {
  const id = idOf(path);
  const other = id.includes(MARK) ? id.replaceAll(MARK, 'nobodyatall') : id.slice(0, -6) + 'zzzzzz';
  return path.replace(encodeURIComponent(id), encodeURIComponent(other));
}

/** `undefined`: the path has no parameter. */
function pathOf(url: string, belongings: Belongings): string | undefined {
  if (!url.includes(':')) return undefined;
  const start = Object.keys(belongings).find((known) => url.startsWith(known));
  if (start === undefined) throw new Error(`${url}: say what of another account to ask for`);
  const path = url.replace(/:\w+/, encodeURIComponent(belongings[start]!));
  return path.replaceAll(/:\w+/g, '1');
}

/** No route shows or changes what another account has. */
export async function attackRoutes(relay: HttpStage): Promise<void> {
  const first = await relay.key();
  const other = await relay.otherAccount();
  const stranger = await relay.key({ accountId: other.id, accountName: other.name });
  const belongings = await belongingsOf(relay, first);
  const before = await snapshot(relay, first, belongings);
  expect(JSON.stringify(before)).toContain(MARK);

  for (const { method, url, scope } of relay.service.routes) {
    if (scope === undefined || method === 'HEAD' || url === '/v1/events/stream') continue;
    const words = `${method} ${url}`;
    const path = pathOf(url, belongings);
    if (path === undefined) {
      if (method !== 'GET') continue;
      const { status, body } = await relay.call(url, { key: stranger });
      expect(status, words).toBeLessThan(500);
      expect(JSON.stringify(body), words).not.toContain(MARK);
      continue;
    }
    // A body that is no good must not hide what the id alone gives away, nor one that is good for another reason.
    for (const body of method === 'GET' || method === 'DELETE' ? [undefined] : [undefined, {}, BODY]) {
      const asked = async (of: string) => {
        const answer = await relay.call(of, { key: stranger, method, body });
        // The id comes back as it was typed, and a pseudonym is another one each time.
        const said = JSON.stringify(answer.body)
          .replaceAll(idOf(of), '')
          .replace(/erased-\w+/, '');
        return { status: answer.status, said };
      };
      const [foreign, missing] = [await asked(path), await asked(nowhere(path))];
      expect(foreign, words).toEqual(missing);
      expect(foreign.said, words).not.toContain(MARK);
      if (url === '/v1/suppressions/:address' && method === 'GET') continue;
      // Nothing of theirs is erased, whoever else has the address.
      if (url === '/v1/recipients/:address') continue;
      expect([400, 404], words).toContain(foreign.status);
      if (method === 'GET' || method === 'DELETE') expect(foreign.status, words).toBe(404);
    }
  }
  expect(await snapshot(relay, first, belongings)).toEqual(before);
}

/** All that the first account has, as it is shown to its own key. */
async function snapshot(relay: HttpStage, key: string, belongings: Belongings): Promise<unknown[]> {
  // What was just added counts at once, what was just changed within a second.
  await eventually(async () => (await relay.call('/v1/streams', { key })).body.data.length === 3);
  const seen: unknown[] = [];
  for (const [url, id] of Object.entries(belongings))
    seen.push((await relay.call(url.replace(/:\w+/, encodeURIComponent(id)), { key })).body);
  return seen;
}
