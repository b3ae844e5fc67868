/** Suppressions from and to files at the dashboard: looked at first, then written; what is wrong by its line; within bounds. */
import { expect, test } from 'vitest';
import { signedIn, type Browser } from '../security/support/dashboard-person.ts';
import { stage } from './support/http-stage.ts';

const FILES = '/ui/api/suppression-files';

/** As the page uploads it. */
async function upload(browser: Browser, text: string, query = ''): Promise<{ status: number; body: any }> {
  const response = await fetch(`http://${browser.host}${FILES}?${query}`, {
    method: 'POST',
    headers: {
      ...{ cookie: browser.cookie ?? '', origin: `http://${browser.host}`, 'sec-fetch-site': 'same-origin' },
      'content-type': 'application/octet-stream',
    },
    body: text,
  });
  return { status: response.status, body: await response.json() };
}

test('a look counts what is new, known, expired and wrong, and writes nothing', async () => {
  const relay = await stage();
  const browser = await signedIn(relay, { role: 'operator' });
  await browser.call('/ui/api/v1/suppressions', { body: { address: 'known@example.com' } });
  const file =
    'address,reason,expires_at\nknown@example.com,manual,\nnew@example.com,,\nnew@example.com,,\n' +
    'old@example.com,,2020-01-01\nno address,,\n';
  const look = await upload(browser, file);
  expect(look).toMatchObject({
    status: 200,
    body: { written: false, rows: 5, added: 1, known: 2, expired: 1, wrong: 1, problems: [{ line: 6 }] },
  });
  expect(await relay.reader.listSuppressions(relay.account.id, undefined, 10)).toHaveLength(1);
  const done = await upload(browser, file, 'write=yes');
  expect(done.body).toMatchObject({ written: true, wrong: 1, expired: 1 });
  const all = await relay.reader.listSuppressions(relay.account.id, undefined, 10);
  expect(all.map(({ address }) => address).toSorted()).toEqual(['known@example.com', 'new@example.com']);
  const [line] = await relay.reader.auditLines({ action: 'suppression import' }, 1);
  const person = await relay.reader.findPerson('carol@example.org');
  expect(line?.actor).toBe(`user:${person?.id}`);
});

test.each(['ses', 'sendgrid', 'postmark', 'mailgun', 'csv'])(
  'what is exported as %s is read back',
  async (format) => {
    const relay = await stage();
    const browser = await signedIn(relay, { role: 'operator' });
    for (const address of ['a@example.com', 'b@example.com'])
      await browser.call('/ui/api/v1/suppressions', { body: { address, note: '=1+1' } });
    const { status, headers, body } = await browser.call(`${FILES}?format=${format}`);
    expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
    expect(headers['content-disposition']).toMatch(/^attachment/);
    for (const address of ['a@example.com', 'b@example.com'])
      await browser.call(`/ui/api/v1/suppressions/${address}`, { method: 'DELETE' });
    const read = await upload(browser, body, `write=yes&format=${format}`);
    expect(read.body).toMatchObject({ written: true, rows: 2, added: 2, wrong: 0 });
  },
);

test('other accounts are neither read nor written, whatever a row says', async () => {
  const relay = await stage();
  const other = await relay.otherAccount();
  const admin = await signedIn(relay, { accountId: other.id, role: 'operator' });
  await upload(admin, `address,account\nx@example.com,${relay.account.name}\n`, 'write=yes');
  expect(await relay.reader.listSuppressions(relay.account.id, undefined, 10)).toEqual([]);
  expect(await relay.reader.listSuppressions(other.id, undefined, 10)).toHaveLength(1);
  const here = await signedIn(relay, { accountId: relay.account.id, role: 'read-only' }, 'dan@example.org');
  expect((await here.call(`${FILES}?format=csv`)).body).not.toContain('x@example.com');
  expect((await upload(here, 'y@example.com\n', 'write=yes')).body.error.code).toBe('role-missing');
});

test('too large a file, another type and another origin are refused', async () => {
  const relay = await stage();
  const browser = await signedIn(relay, { role: 'operator' });
  expect((await upload(browser, 'x'.repeat(11 * 1024 * 1024))).status).toBe(413);
  const json = await browser.call(FILES, { body: { rows: [] } });
  expect([json.status, json.body.error.code]).toEqual([400, 'invalid-request']);
  const elsewhere = await browser.call(FILES, { method: 'POST', headers: { origin: 'http://evil.example' } });
  expect(elsewhere.body.error.code).toBe('other-origin');
});

test('while a large file is read, other requests are answered', async () => {
  const relay = await stage();
  const browser = await signedIn(relay, { role: 'operator' });
  const file = Array.from({ length: 100_000 }, (_, at) => `user${at}@example.com`).join('\n');
  const order: string[] = [];
  const reading = upload(browser, file).then(({ body }) => {
    order.push('file');
    return body;
  });
  for (let asked = 0; asked < 20; asked++) {
    expect((await browser.call('/ui/api/session')).status).toBe(200);
    order.push('session');
  }
  expect(await reading).toMatchObject({ rows: 100_000, added: 100_000, wrong: 0 });
  expect(order.indexOf('file')).toBeGreaterThan(0);
  expect(order.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'session'));
});
