/** Messages on the command line: list, show, raw. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

test('show has exactly the shape of the contract', async () => {
  const id = await stage.accept({ tags: ['invoice'], metadata: { order: '17' } });
  await stage.settle(() => ({
    state: 'deferred',
    nextAttemptAtMs: stage.clock.now() + 60_000,
    attempts: [{ replyCode: 451, status: '4.3.0', text: 'later', stage: 'rcpt' }],
  }));
  expect(await stage.json('message', 'show', id)).toMatchObject({
    id,
    account: 'default',
    stream: 'transactional',
    reverse_path: 'bounces@shop.example',
    header_from: 'billing@shop.example',
    subject: 'Your invoice',
    size_bytes: 38,
    accepted_at: '2026-11-24T06:12:31.000Z',
    deliveries: [
      {
        id: `${id.replace('msg_', 'dlv_')}-1`,
        recipient: 'alice@example.org',
        destination: 'example.org',
        state: 'deferred',
        attempts: 1,
        next_attempt_at: '2026-11-24T06:13:31.000Z',
        last_reply: '451 4.3.0 later',
        history: [
          {
            at: '2026-11-24T06:12:31.000Z',
            host: 'mx1.example.org',
            address: '192.0.2.10',
            tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
            reply: '451 4.3.0 later',
            duration_ms: 240,
          },
        ],
      },
    ],
  });
});

test('show prints facts and deliveries', async () => {
  const id = await stage.accept({ metadata: { order: '17' } });
  const { out } = await stage.run(['message', 'show', id], { columns: 80 });
  expect(out).toContain(`${id}\n  subject      Your invoice\n`);
  expect(out).toContain('metadata     order=17');
  expect(out).toMatch(/alice@example\.org +queued +0/);
});

test('an id of a delivery finds its message', async () => {
  const id = await stage.accept();
  expect(await stage.json('message', 'show', `${id.replace('msg_', 'dlv_')}-1`)).toMatchObject({ id });
});

test.each([
  ['hello', 2, 'is not a message id'],
  ['msg_01k9q3zzzzzzzzzzzzzzzzzzzz', 1, 'there is no message msg_01k9q3zzzzzzzzzzzzzzzzzzzz'],
])('show %s fails with words', async (id, code, words) => {
  stage.openStore();
  const ran = await stage.run(['message', 'show', id, '--json']);
  expect(ran.code).toBe(code);
  expect((JSON.parse(ran.err) as { error: { message: string } }).error.message).toContain(words);
});

describe('list', () => {
  test('is newest first, one object a line, without history', async () => {
    const first = await stage.accept();
    await stage.clock.advance(10);
    const second = await stage.accept({ recipients: ['a@x.example', 'b@x.example'] });
    const lines = (await stage.jsonLines('message', 'list')) as { id: string; deliveries: object[] }[];
    expect(lines.map(({ id }) => id)).toEqual([second, first]);
    expect(lines[0]?.deliveries).toHaveLength(2);
    expect(lines[0]?.deliveries[0]).not.toHaveProperty('history');
  });

  test('filters and pages', async () => {
    const ids: string[] = [];
    for (const subject of ['one', 'two', 'three']) {
      ids.unshift(await stage.accept({ subject, tags: [subject], recipients: [`${subject}@example.org`] }));
      await stage.clock.advance(10);
    }
    const list = async (...args: string[]) =>
      ((await stage.jsonLines('message', 'list', ...args)) as { id: string }[]).map(({ id }) => id);
    expect(await list('--limit', '2')).toEqual(ids.slice(0, 2));
    expect(await list('--before', ids[1]!)).toEqual(ids.slice(2));
    expect(await list('--tag', 'two')).toEqual([ids[1]]);
    expect(await list('--recipient', 'three@EXAMPLE.org')).toEqual([ids[0]]);
    expect(await list('--destination', 'other.example')).toEqual([]);
    expect(await list('--state', 'queued')).toEqual(ids);
    expect(await list('--account', 'default', '--stream', 'broadcast')).toEqual([]);
  });

  test('finds a recipient whatever its case, and so do events', async () => {
    const id = await stage.accept({ recipients: ['Bob.Ross@Example.org', 'rené@example.org'] });
    await stage.accept({ recipients: ['bob@example.org', 'rene@example.org'] });
    for (const typed of ['BOB.ROSS@example.ORG', 'Bob.Ross@example.org', 'RENÉ@example.org']) {
      expect(await stage.jsonLines('message', 'list', '--recipient', typed)).toMatchObject([{ id }]);
      expect(await stage.jsonLines('events', '--recipient', typed)).toMatchObject([{ message_id: id }]);
    }
  });

  test('fits a terminal of 80 columns', async () => {
    await stage.accept({
      subject: 'A very long subject that goes on and on',
      recipients: ['someone.with.a.long.name@a-long-domain.example'],
    });
    const { out } = await stage.run(['message', 'list'], { columns: 80 });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(out).toMatch(/msg_[0-9a-z]{26}/);
  });

  test('into a pipe cuts nothing', async () => {
    const subject = 'A very long subject that goes on and on and never ends';
    await stage.accept({ subject });
    expect(await stage.text('message', 'list')).toContain(subject);
  });

  test('of an unknown account is not found', async () => {
    stage.openStore();
    expect(await stage.run(['message', 'list', '--account', 'none'])).toMatchObject({ code: 1 });
  });
});

describe('raw', () => {
  test('writes the octets as they are kept', async () => {
    const content = 'Subject: caf\u00e9\r\n\r\n.dot\r\n\u20ac\r\n';
    const id = await stage.accept({ content });
    expect(await stage.text('message', 'raw', id)).toBe(content);
    const json = (await stage.json('message', 'raw', id)) as { content_base64: string };
    expect(Buffer.from(json.content_base64, 'base64').toString()).toBe(content);
  });
});
