/** What is shown of a message's content: to whom, under which policy, and how many lines of the audit log a view makes. */
import { expect, test } from 'vitest';
import { HOUR_MS } from '../../src/platform/time-units.ts';
import { acceptMessage, deliverAll } from '../http/support/accept-message.ts';
import { stage, type HttpStage } from '../http/support/http-stage.ts';
import { previewsInProcess } from '../support/preview-reader.ts';
import { signedIn, type Browser, type DashboardAnswer } from './support/dashboard-person.ts';

const MAIL = [
  'From: Ada <ada@shop.example>',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
  'X-Odd: <script>alert(1)</script>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p onclick="alert(1)">Hello</p><script>alert(1)</script><img src="cid:logo"><a href="https://example.com/">there</a>',
  '--b',
  'Content-Type: image/png',
  'Content-ID: <logo>',
  'Content-Transfer-Encoding: base64',
  '',
  'iVBORw0KGgo=',
  '--b',
  'Content-Type: text/html; name="../../evil.html"',
  'Content-Disposition: attachment; filename="../../evil.html"',
  '',
  '<script>alert(document.domain)</script>',
  '--b--',
  '',
].join('\r\n');

const AGES = { contentMs: HOUR_MS, metadataMs: 9 * HOUR_MS, eventsMs: 9 * HOUR_MS };

const READER = { role: 'read-only', readsContent: true } as const;

async function messageOf(relay: HttpStage, content = MAIL): Promise<string> {
  return `/ui/api/content/messages/${await acceptMessage(relay, { content })}`;
}

async function viewed(browser: Browser, path: string) {
  const preview = await browser.call(path);
  expect(preview.status).toBe(200);
  const part = (name: string, headers: Readonly<Record<string, string>> = {}): Promise<DashboardAnswer> =>
    browser.call(`${path}/${name}?view=${preview.body.view}`, { headers });
  return { preview: preview.body, part };
}

test('a view has fields, text, HTML, attachments and the source, and is one line of the audit log', async () => {
  const relay = await stage();
  const path = await messageOf(relay);
  const browser = await signedIn(relay, READER);
  const { preview, part } = await viewed(browser, path);
  expect(preview).toMatchObject({
    readable: true,
    html: { links: [{ text: 'there', href: 'https://example.com/' }], images_left_out: 0, cut: false },
    cut: false,
  });
  expect(preview.fields).toContainEqual({ name: 'Subject', value: 'Grüße' });
  expect(preview.attachments.map(({ name, type }: { name: string; type: string }) => [name, type])).toEqual([
    [expect.any(String), 'image/png'],
    [expect.stringContaining('evil.html'), 'text/html'],
  ]);
  const document = await part('document', { 'sec-fetch-dest': 'iframe' });
  expect(document.body).toContain('<p>Hello</p><img src="data:image/png;base64,iVBORw0KGgo=">');
  expect(document.body).not.toMatch(/script|onclick|href/);
  expect((await part('attachments/1')).body).toContain('alert(document.domain)');
  expect((await part('source')).body).toBe(MAIL);
  expect(await relay.reader.auditLines({ action: 'message read' }, 10)).toHaveLength(1);
});

test('the document has a policy of its own: no origin, no script, nothing fetched, in a frame of the dashboard alone', async () => {
  const relay = await stage();
  const browser = await signedIn(relay, READER);
  const { part } = await viewed(browser, await messageOf(relay));
  const { headers } = await part('document');
  expect(headers).toMatchObject({
    'content-security-policy':
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; " +
      "frame-ancestors 'self'",
    'content-type': 'text/html; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    'x-dns-prefetch-control': 'off',
  });
  for (const place of ['document', 'empty', 'script', 'object', 'embed', 'image']) {
    const refused = await part('document', { 'sec-fetch-dest': place });
    expect([place, refused.status, refused.body.error.code]).toEqual([place, 403, 'not-in-a-frame']);
  }
});

test('attachments and source are never opened: a neutral type, to be kept', async () => {
  const relay = await stage();
  const browser = await signedIn(relay, READER);
  const { part } = await viewed(browser, await messageOf(relay));
  for (const name of ['attachments/1', 'source'])
    expect((await part(name)).headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  expect((await part('attachments/99')).status).toBe(404);
});

test('parts need the right to read content, and a view of this message by this person', async () => {
  const relay = await stage();
  const path = await messageOf(relay);
  const other = await messageOf(relay);
  const reader = await signedIn(relay, READER);
  const second = await signedIn(relay, READER, 'dan@example.org');
  const admin = await signedIn(relay, { role: 'admin', readsContent: false }, 'eve@example.org');
  const { preview } = await viewed(reader, path);
  for (const name of ['document', 'source', 'attachments/0']) {
    const asked = `${name}?view=${preview.view}`;
    const codes = [];
    for (const [browser, at] of [
      [admin, path],
      [second, path],
      [reader, other],
    ] as const)
      codes.push((await browser.call(`${at}/${asked}`)).body.error.code);
    expect(codes).toEqual(['role-missing', 'view-ended', 'view-ended']);
    expect((await reader.call(`${path}/${name}`)).status).toBe(400);
    expect((await reader.call(`${path}/${name}?view=AAAA`)).body.error.code).toBe('view-ended');
    const elsewhere = { headers: { 'sec-fetch-site': 'cross-site' } };
    expect((await reader.call(`${path}/${asked}`, elsewhere)).body.error.code).toBe('other-origin');
  }
  expect((await admin.call(path)).body.error.code).toBe('role-missing');
  reader.cookie = undefined;
  expect((await reader.call(`${path}/document?view=${preview.view}`)).status).toBe(401);
});

test('of another account there is nothing, whatever account is named', async () => {
  const relay = await stage();
  const tenant = await relay.otherAccount();
  const path = await messageOf(relay);
  const browser = await signedIn(relay, { ...READER, accountId: tenant.id });
  expect((await browser.call(path)).status).toBe(404);
  const named = await browser.call(`${path}/document?view=AAAA&account=${relay.account.id}`);
  expect(named.body.error.code).toBe('role-missing');
});

test('no API key has these routes', async () => {
  const relay = await stage();
  const key = await relay.key();
  const path = (await messageOf(relay)).replace('/ui/api', '');
  for (const at of [path, `/v1${path}`]) expect((await relay.call(at, { key })).status).toBe(404);
  const answer = await relay.call((await messageOf(relay)).replace(/$/, ''), {
    key,
    headers: { host: `127.0.0.1:${relay.port}` },
  });
  expect(answer.status).toBe(401);
});

test('what cannot be read has a reason, and its source', async () => {
  const why = { kind: 'unreadable', why: 'time' } as const;
  const previews = { ...previewsInProcess(), read: () => Promise.resolve(why) };
  const relay = await stage({ http: { previews } });
  const browser = await signedIn(relay, READER);
  const { preview, part } = await viewed(browser, await messageOf(relay));
  expect(preview).toMatchObject({ readable: false, reason: 'reading it takes too long', fields: [] });
  expect((await part('document')).body.error.code).toBe('unreadable');
  expect((await part('source')).body).toBe(MAIL);
});

test('content that has been removed is gone, in words', async () => {
  const relay = await stage();
  const id = await acceptMessage(relay, { content: MAIL });
  const browser = await signedIn(relay, READER);
  await deliverAll(relay);
  while ((await relay.store.retention.clean(Date.now() + 2 * HOUR_MS, AGES)).more);
  const gone = await browser.call(`/ui/api/content/messages/${id}`);
  expect([gone.status, gone.body.error.code]).toEqual([410, 'gone']);
});

test('a draft of a template is filled and drawn, for those who change templates and nobody else', async () => {
  const relay = await stage();
  const draft = {
    subject: 'Hi {{ name }}',
    html: '<p>{{ name }}</p><script>alert(1)</script>',
    values: { name: '<img src=x onerror=alert(1)>' },
  };
  const path = '/ui/api/content/drafts';
  const reader = await signedIn(relay, { role: 'read-only' });
  expect((await reader.call(path, { body: draft })).body.error.code).toBe('role-missing');
  const developer = await signedIn(relay, { role: 'developer' }, 'dan@example.org');
  const { body } = await developer.call(path, { body: draft });
  expect(body).toMatchObject({ subject: 'Hi <img src=x onerror=alert(1)>', html: { cut: false } });
  const document = await developer.call(`${path}/${body.html.document}`, {
    headers: { 'sec-fetch-dest': 'iframe' },
  });
  expect(document.body).toContain('<p>&lt;img src=x onerror=alert(1)&gt;</p>');
  expect(document.body).not.toContain('<script');
  expect(document.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/);
  expect((await reader.call(`${path}/${body.html.document}`)).status).toBe(410);
  const wrong = await developer.call(path, { body: { html: '<p>\n{% if %}', values: {} } });
  expect([wrong.status, wrong.body.error.code, wrong.body.error.field]).toEqual([
    expect.any(Number),
    'template-refused',
    expect.stringContaining('html'),
  ]);
  expect(wrong.body.error.message).toMatch(/line/);
});
