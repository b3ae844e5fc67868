/** The queue on the command line: what waits, and what an operator does with it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const MINUTE = 60_000;
const defer = () =>
  stage.settle(() => ({
    state: 'deferred',
    nextAttemptAtMs: stage.clock.now() + 5 * MINUTE,
    attempts: [{ replyCode: 451, status: '4.3.0', text: 'later', stage: 'rcpt' }],
  }));
const states = async (id: string) => {
  const message = (await stage.json('message', 'show', id)) as { deliveries: { state: string }[] };
  return message.deliveries.map(({ state }) => state);
};

describe('summary', () => {
  test('counts by state and destination', async () => {
    await stage.accept({ recipients: ['a@one.example', 'b@two.example'] });
    await defer();
    await stage.clock.advance(MINUTE);
    await stage.accept({ recipients: ['c@one.example'] });
    const summary = await stage.json('queue', 'summary');
    expect(summary).toMatchObject({
      scheduled: 0,
      queued: 1,
      deferred: 2,
      held: 0,
      oldest_at: '2026-11-24T06:12:31.000Z',
      destinations: [
        { destination: 'one.example', queued: 1, deferred: 1, suspended: false, blocked_until: null },
        { destination: 'two.example', queued: 0, deferred: 1 },
      ],
    });
    expect(await stage.json('queue')).toEqual(summary);
    expect(await stage.text('queue')).toContain(
      '1 queued, 2 deferred; the oldest message was accepted 1 min ago',
    );
  });

  test('of an empty queue', async () => {
    stage.openStore();
    expect(await stage.json('queue', 'summary')).toEqual({
      ...{ scheduled: 0, queued: 0, deferred: 0, held: 0, oldest_at: null, destinations: [] },
    });
    expect(await stage.text('queue')).toBe('nothing waits\n');
  });
});

test('list prints one waiting delivery a line, and filters', async () => {
  const first = await stage.accept({ recipients: ['a@one.example'] });
  await defer();
  await stage.clock.advance(1000);
  const second = await stage.accept({ recipients: ['b@one.example', 'c@two.example'] });
  const lines = (await stage.jsonLines('queue', 'list')) as {
    message_id: string;
    recipient: string;
    state: string;
  }[];
  expect(lines.map(({ message_id: id, recipient, state }) => [id, recipient, state])).toEqual([
    [second, 'b@one.example', 'queued'],
    [second, 'c@two.example', 'queued'],
    [first, 'a@one.example', 'deferred'],
  ]);
  expect(await stage.jsonLines('queue', 'list', '--destination', 'one.example')).toHaveLength(2);
  expect(await stage.jsonLines('queue', 'list', '--state', 'deferred')).toMatchObject([
    { message_id: first, last_reply: '451 4.3.0 later', next_attempt_at: '2026-11-24T06:17:31.000Z' },
  ]);
  expect(await stage.jsonLines('queue', 'list', '--limit', '1')).toHaveLength(1);
  const settled = await stage.run(['queue', 'list', '--state', 'bounced']);
  expect(settled).toMatchObject({ code: 2 });
  expect(settled.err).toContain('relayctl message list --state bounced');
});

describe('changes', () => {
  test.each([
    ['message', (id: string) => [id]],
    ['delivery', (id: string) => [`${id.replace('msg_', 'dlv_')}-1`]],
    ['destination', () => ['--destination', 'example.org']],
    ['account', () => ['--account', 'default']],
    ['all', () => ['--all']],
  ])('retry by %s makes it due now', async (_by, selection) => {
    const id = await stage.accept();
    await defer();
    expect(await stage.json('queue', 'retry', ...selection(id))).toEqual({ changed: 1 });
    await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
    expect(await states(id)).toEqual(['delivered']);
  });

  test('hold keeps it, release lets it go', async () => {
    const id = await stage.accept();
    expect(await stage.json('queue', 'hold', id)).toEqual({ changed: 1 });
    await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
    expect(await states(id)).toEqual(['held']);
    expect(await stage.text('queue', 'release', id)).toBe('Released 1 delivery.\n');
    await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
    expect(await states(id)).toEqual(['delivered']);
  });

  test('cancel asks, then ends it for good', async () => {
    const id = await stage.accept();
    const unasked = await stage.run(['queue', 'cancel', '--all']);
    expect(unasked.code).toBe(2);
    expect(unasked.err).toContain('Cancel everything that waits for good?');
    const no = await stage.run(['queue', 'cancel', id], { answer: '' });
    expect(no).toMatchObject({ code: 1 });
    expect(await states(id)).toEqual(['queued']);
    expect(await stage.json('queue', 'cancel', id, '--yes')).toEqual({ changed: 1 });
    expect(await states(id)).toEqual(['cancelled']);
    expect(await stage.jsonLines('events', '--type', 'cancelled')).toMatchObject([{ message_id: id }]);
  });

  test('a message of which nothing can be changed is a failure, an empty selection is not', async () => {
    const id = await stage.accept();
    await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
    const ran = await stage.run(['queue', 'retry', id]);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`relayctl message trace ${id}`);
    expect(await stage.json('queue', 'retry', '--all')).toEqual({ changed: 0 });
  });

  test.each([
    [['retry'], 2, 'which deliveries?'],
    [['retry', 'msg_01', '--all'], 2, 'cannot both be meant'],
    [['retry', 'x'], 2, 'neither a message (msg_...) nor a delivery (dlv_...)'],
    [['hold', 'msg_01k9q3zzzzzzzzzzzzzzzzzzzz'], 1, 'there is no message msg_01k9q3zzzzzzzzzzzzzzzzzzzz'],
    [['release', 'dlv_01k9q3zzzzzzzzzzzzzzzzzzzz-1'], 1, 'there is no delivery dlv_'],
  ])('%s is refused', async (args, code, words) => {
    stage.openStore();
    const ran = await stage.run(['queue', ...args]);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(words);
  });
});

describe('destinations', () => {
  test('show tells what a running relayd does there, and where it waits', async () => {
    await stage.accept();
    const now = stage.clock.now();
    const waitsFor = { what: 'RCPT', sinceMs: now - 5 * 60_000 };
    const sessions = [
      { host: 'mx.example.org', sinceMs: now - 6 * 60_000, opening: false, waitsFor },
      { host: 'mx2.example.org', sinceMs: now - 1_000, opening: true },
    ];
    stage.onAsk = (request) => {
      expect(request).toEqual({ operation: 'sessions', destination: 'example.org' });
      return Promise.resolve({ kind: 'answered', answer: { sessions, more: 3 } });
    };
    const shown = await stage.text('destination', 'show', 'example.org');
    expect(shown).toMatch(
      /sessions +a transaction with mx\.example\.org, begun 6 min.* ago: waits for the reply to RCPT since \S+ .*\(5 min.* ago\)/,
    );
    expect(shown).toContain('connecting to mx2.example.org');
    expect(shown).toContain('and 3 more');
    expect(await stage.json('destination', 'show', 'example.org')).toMatchObject({
      in_progress: {
        sessions: [
          { host: 'mx.example.org', state: 'transaction', waits_for: 'RCPT' },
          { host: 'mx2.example.org', state: 'opening', waits_for: null, waits_since: null },
        ],
        more: 3,
      },
    });
    stage.onAsk = () => Promise.resolve({ kind: 'unreachable', because: 'no-socket' });
    expect(await stage.json('destination', 'show', 'example.org')).toMatchObject({ in_progress: null });
  });

  test('suspend stops attempts, resume lets them go on', async () => {
    const id = await stage.accept();
    expect(await stage.json('destination', 'suspend', 'Example.ORG')).toEqual({
      destination: 'example.org',
      suspended: true,
      suspended_until: null,
    });
    await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
    expect(await states(id)).toEqual(['queued']);
    expect(await stage.json('destination', 'show', 'example.org')).toMatchObject({
      suspended: true,
      queued: 1,
    });
    expect(await stage.text('destination', 'show', 'example.org')).toContain(
      'relayctl destination resume example.org',
    );
    await stage.text('destination', 'resume', 'example.org');
    await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
    expect(await states(id)).toEqual(['delivered']);
  });

  test('list shows what waits and what stands in its way', async () => {
    await stage.accept();
    const untilMs = stage.clock.now() + 4 * MINUTE;
    await stage.store.spool.blockDestinations([
      { destination: 'example.org', untilMs, failures: 3, lastError: 'refused' },
    ]);
    expect(await stage.jsonLines('destination', 'list')).toMatchObject([
      {
        destination: 'example.org',
        queued: 1,
        failures: 3,
        last_error: 'refused',
        blocked_until: '2026-11-24T06:16:31.000Z',
      },
    ]);
    expect(await stage.text('destination', 'list')).toContain('in 4 min');
  });

  test('one that nothing waits for is not found, and it says where to look', async () => {
    stage.openStore();
    const ran = await stage.run(['destination', 'show', 'example.org']);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('relayctl message list --destination example.org');
  });
});
