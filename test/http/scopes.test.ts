/**
 * Every registered route × every scope, and every kind of key that is no good. The routes come from the application
 * itself, so one that is added later is in the table too; one without a scope does not start.
 */
import { expect, test } from 'vitest';
import { createHttpApp } from '../../src/http/http-app.ts';
import { RequestCounter } from '../../src/http/request-counter.ts';
import { hasScope, SCOPES, type Scope } from '../../src/http/scopes.ts';
import { API_KEY_PREFIX, makeApiKey } from '../../src/platform/api-key.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { stage, stageBox, type HttpStage } from './support/http-stage.ts';

interface Route {
  readonly method: string;
  readonly url: string;
  readonly scope: Scope;
}

/** What the description says is what is registered: openapi.test.ts and the test below hold them together. */
async function routesOf(relay: HttpStage): Promise<readonly Route[]> {
  const { body } = await relay.call('/openapi.json');
  return Object.entries(body.paths as Record<string, Record<string, any>>).flatMap(([url, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const scope = operation.security?.[0]?.apiKey?.[0] as Scope | undefined;
      return scope === undefined ? [] : [{ method: method.toUpperCase(), url, scope }];
    }),
  );
}

const pathOf = ({ url }: Route) => url.replaceAll(/\{[^}]+\}/g, 'none');

/** The server answers before it reads a body, so none is sent. A stream that opened is closed at once. */
async function statusOf(relay: HttpStage, route: Route, key: string | undefined): Promise<number> {
  const aborter = new AbortController();
  const response = await fetch(relay.url(pathOf(route)), {
    method: route.method,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    signal: aborter.signal,
  });
  aborter.abort();
  return response.status;
}

test('each route takes the scope that it names and admin, and no other', async () => {
  const relay = await stage();
  const routes = await routesOf(relay);
  expect(routes.length).toBeGreaterThan(20);
  for (const scope of SCOPES) {
    const key = await relay.key({ scopes: [scope] });
    for (const route of routes) {
      const status = await statusOf(relay, route, key);
      const words = `${route.method} ${route.url} with scope ${scope}`;
      // What a request without a body or with an id that does not exist is answered is the route's business.
      if (hasScope({ scopes: [scope] }, route.scope)) expect([401, 403], words).not.toContain(status);
      else expect(status, words).toBe(403);
    }
  }
});

test('no route is open to no key, or to a key that is no good', async () => {
  const relay = await stage();
  const routes = await routesOf(relay);
  const good = await relay.key();
  const swapped = good.at(-1) === '0' ? '1' : '0';
  const smtp = makeApiKey(systemRandom);
  await relay.credential({ kind: 'smtp', username: 'app-1', secretHash: stageBox.hmac(smtp) });
  const bad: Record<string, string | undefined> = {
    'no key': undefined,
    'a key that nobody has': makeApiKey(systemRandom),
    'a revoked key': await relay.key({ revokedAtMs: Date.now() - 1 }),
    'an expired key': await relay.key({ expiresAtMs: Date.now() - 1 }),
    'a wrong checksum': good.slice(0, -1) + swapped,
    'a password of an SMTP login': smtp,
    'half a key': API_KEY_PREFIX,
  };
  for (const [words, key] of Object.entries(bad)) {
    // Each kind from a relay of its own: the throttle is tested elsewhere.
    for (const route of routes.slice(0, 1)) expect(await statusOf(relay, route, key), words).toBe(401);
  }
  for (const route of routes)
    expect(await statusOf(relay, route, undefined), `${route.method} ${route.url}`).toBe(401);
});

test('a route that names no scope does not start', async () => {
  const relay = await stage();
  const { app } = createHttpApp({
    context: relay.context(),
    counter: new RequestCounter(),
    draining: () => false,
    takesMail: () => true,
  });
  expect(() => app.get('/v1/forgotten', () => 'open to all')).toThrow('has to name a scope, or be open');
});

test('what is open without a key is this and nothing else', async () => {
  const relay = await stage();
  const open = relay.service.routes.filter(({ scope }) => scope === undefined).map(({ url }) => url);
  expect([...new Set(open)].sort()).toEqual(['/docs', '/healthz', '/metrics', '/openapi.json', '/readyz']);
  const described = (await routesOf(relay)).map(({ method, url }) => `${method} ${url}`);
  const registered = relay.service.routes
    .filter(({ scope, method }) => scope !== undefined && method !== 'HEAD')
    .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect([...described].sort()).toEqual([...registered].sort());
});
