/** `relayctl send`: a test message through the running server, with a login that lives a minute. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliFailure } from '../../src/cli/program/cli-failure.ts';
import { eventually } from '../support/eventually.ts';
import type { ControlRequest } from '../../src/control/protocol.ts';
import type { Settlement } from '../../src/store/delivery-records.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.relayRuns();
  stage.openStore();
});
afterEach(async () => await stage.dispose());

const ARGS = ['send', '--from', 'me@shop.example', '--to', 'alice@example.org'];

/** Takes the message as the relay would, then settles it as `state` with one attempt. */
function relayTakesIt(state: Settlement['state'] | 'nothing'): void {
  stage.onSubmit = async ({ to }) => {
    const id = await stage.accept({ recipients: to });
    if (state !== 'nothing') {
      const failed = { replyCode: 550, status: '5.1.1', text: 'No such user', stage: 'rcpt' } as const;
      await stage.settle(() => ({ state, attempts: [state === 'delivered' ? {} : failed] }));
    }
    return { reply: `250 2.0.0 OK ${id}`, refused: [] };
  };
}

/** Over its socket, as relayd does. */
function relaydTakesIt(): ControlRequest[] {
  const asked: ControlRequest[] = [];
  stage.onAsk = async (request) => {
    asked.push(request);
    if (request.operation !== 'send') return { kind: 'unreachable', because: 'no-socket' };
    const id = await stage.accept({ recipients: request.to });
    await stage.settle(() => ({ state: 'delivered', attempts: [{}] }));
    return { kind: 'answered', answer: { id, reply: `250 2.0.0 Ok: queued as ${id}` } };
  };
  return asked;
}

test('hands it to relayd over its socket and shows its trace', async () => {
  const asked = relaydTakesIt();
  const ran = await stage.run([
    ...ARGS,
    '--subject',
    'Hello',
    '--text',
    'Is it there?',
    '--account',
    'default',
  ]);
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(ran.out).toMatch(/^✓ handed in: 250 2\.0\.0 Ok: queued as msg_/);
  expect(ran.out).toContain('✓ alice@example.org  delivered');
  expect(asked).toEqual([
    {
      operation: 'send',
      from: 'me@shop.example',
      to: ['alice@example.org'],
      subject: 'Hello',
      text: 'Is it there?',
      account: 'default',
      actor: 'relayctl:test',
    },
  ]);
  expect(stage.submissions).toEqual([]);
  expect(await stage.jsonLines('credential', 'list', '--all')).toEqual([]);
});

test('what relayd refuses over its socket exits with 1 and the reply', async () => {
  stage.onAsk = () => Promise.resolve({ kind: 'answered', answer: { reply: '550 5.7.1 not verified' } });
  const ran = await stage.run(ARGS);
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toContain('the relay refused the message: 550 5.7.1 not verified');
});

test('a relayd that does not answer is not asked a second time by SMTP', async () => {
  stage.onAsk = () =>
    Promise.resolve({ kind: 'unreachable', because: 'no-answer', why: 'it is silent', remedy: 'restart it' });
  const ran = await stage.run(ARGS);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain('it is silent');
  expect(stage.submissions).toEqual([]);
});

test('without a socket says so, hands it in over STARTTLS and shows its trace', async () => {
  relayTakesIt('delivered');
  const ran = await stage.run([...ARGS, '--subject', 'Hello', '--text', 'Is it there?'], { columns: 90 });
  expect(ran.code).toBe(0);
  expect(ran.err).toContain('relayd.sock in the data folder, is not there): handing the message in by SMTP');
  expect(ran.out).toMatch(/^✓ handed in: 250 2\.0\.0 OK msg_/);
  expect(ran.out).toContain('✓ alice@example.org  delivered');
  expect(stage.submissions).toMatchObject([
    {
      listener: { port: 587, tls: 'starttls' },
      serverName: 'mail.example.net',
      from: 'me@shop.example',
      to: ['alice@example.org'],
      subject: 'Hello',
      text: 'Is it there?',
    },
  ]);
});

test('its login may send as that address only, lives a minute, and is revoked', async () => {
  relayTakesIt('delivered');
  await stage.text(...ARGS);
  expect(await stage.jsonLines('credential', 'list')).toEqual([]);
  expect(await stage.jsonLines('credential', 'list', '--all')).toMatchObject([
    {
      username: stage.submissions[0]?.username,
      from: ['me@shop.example'],
      expires_at: '2026-11-24T06:13:31.000Z',
      revoked_at: '2026-11-24T06:12:31.000Z',
    },
  ]);
});

test('its login belongs to the account that owns the domain', async () => {
  await stage.text('account', 'add', 'shop');
  await stage.text('domain', 'add', 'shop.example', '--account', 'shop');
  relayTakesIt('delivered');
  await stage.text(...ARGS);
  expect(await stage.jsonLines('credential', 'list', '--all')).toMatchObject([{ account: 'shop' }]);
});

test('a bounce exits with 1', async () => {
  relayTakesIt('bounced');
  const ran = await stage.run([...ARGS, '--json']);
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.out)).toMatchObject({ settled: true, deliveries: [{ state: 'bounced' }] });
  expect(JSON.parse(ran.err)).toMatchObject({ error: { code: 'not-delivered' } });
});

test('waits for the outcome, not longer than --timeout', async () => {
  relayTakesIt('nothing');
  const sending = stage.run([...ARGS, '--timeout', '30s', '--json']);
  await eventually(() => stage.clock.pendingTimers > 0);
  await stage.clock.advance(31_000);
  const ran = await sending;
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.err)).toMatchObject({
    error: { code: 'timeout', message: 'not settled within 30 s: queued' },
  });
});

test('a refusal shows the reply, and the login is revoked all the same', async () => {
  stage.onSubmit = () =>
    Promise.reject(new CliFailure('refused', 'the relay refused the message: 550 5.7.1 no'));
  const ran = await stage.run(ARGS);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain('550 5.7.1 no');
  expect(await stage.jsonLines('credential', 'list')).toEqual([]);
});

test('without a running relay it says what to start', async () => {
  stage.relay = undefined;
  const ran = await stage.run(ARGS);
  expect(ran.code).toBe(1);
  expect(ran.err).toContain('start it: relayd');
});

test.each([
  [['send', '--to', 'a@b.example'], '--from is missing'],
  [['send', '--from', 'a@b.example'], '--to is missing'],
  [['send', '--from', 'a', '--to', 'a@b.example'], '--from a is not an address'],
])('%s is wrong usage', async (args, words) => {
  const ran = await stage.run(args);
  expect(ran.code).toBe(2);
  expect(ran.err).toContain(words);
});
