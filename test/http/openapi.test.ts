/** The description of the API: valid by an independent linter, whole, and true to the routes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { SCOPES } from '../../src/http/scopes.ts';
import { stage } from './support/http-stage.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

test('passes redocly lint without a problem', { timeout: 60_000 }, async () => {
  const relay = await stage();
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-openapi-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify((await relay.call('/openapi.json')).body));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      path.join(ROOT, 'node_modules/@redocly/cli/bin/cli.js'),
      'lint',
      file,
      '--format=json',
      '--extends=recommended',
    ],
    {
      cwd: folder,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: 'true' },
    },
  );
  const { totals, problems } = JSON.parse(stdout) as { totals: object; problems: object[] };
  expect(problems).toEqual([]);
  expect(totals).toMatchObject({ errors: 0, warnings: 0 });
});

test('is OpenAPI 3.1, and every operation has a name, a summary, a tag and, unless it is open, its scope', async () => {
  const relay = await stage();
  const { body } = await relay.call('/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  const operations = Object.entries(body.paths as Record<string, Record<string, any>>).flatMap(
    ([route, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.includes(method))
        .map(([method, operation]) => ({ at: `${method} ${route}`, operation })),
  );
  expect(operations.length).toBeGreaterThan(20);
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { at, operation } of operations) {
    expect(operation.summary, at).toBeTruthy();
    expect(operation.tags, at).toHaveLength(1);
    if (!at.includes('/v1/')) continue;
    expect(SCOPES, at).toContain(operation.security[0].apiKey[0]);
    expect(Object.keys(operation.responses as object), at).toEqual(
      expect.arrayContaining(['400', '401', '403', '429', '503']),
    );
  }
});

test('the page to read is whole in itself: no script, nothing from elsewhere', async () => {
  const relay = await stage();
  const { status, headers, body } = await relay.call('/docs');
  expect(status).toBe(200);
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(/<script|src=|url\(|<link/i.exec(body as string)).toBeNull();
  expect([...(body as string).matchAll(/href="([^"]+)"/g)].map((match) => match[1])).toEqual(
    expect.not.arrayContaining([expect.stringMatching(/^https?:/)]),
  );
  for (const words of ['/v1/messages/{id}', 'Idempotency-Key', 'pst_live_', 'POST'])
    expect((body as string).includes(words), words).toBe(true);
});

test('names the sets of DKIM keys that a domain may have, and which it has unless one is chosen', async () => {
  const relay = await stage();
  const { body } = await relay.call('/openapi.json');
  const { schema } = body.paths['/v1/domains'].post.requestBody.content['application/json'];
  expect(schema.required).toEqual(['domain']);
  expect(schema.properties.dkim).toMatchObject({ type: 'string', enum: ['both', 'rsa'], default: 'both' });
  expect(body.components.schemas.Domain.properties.dkim).toMatchObject({ enum: ['both', 'rsa'] });
});
