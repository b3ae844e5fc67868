/** What the commands of the queue mean by their options, and what they count and ask before they act. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const HOUR = 3_600_000;

/** Three messages, an hour apart: the first of another sender, the last to two domains. */
async function mail(): Promise<readonly string[]> {
  const first = await stage.accept({
    recipients: ['ann@one.example'],
    reversePath: 'news@letters.example',
    headerFrom: 'news@letters.example',
    subject: 'Half price',
  });
  await stage.clock.advance(HOUR);
  const second = await stage.accept({ recipients: ['bob@one.example'] });
  await stage.clock.advance(HOUR);
  const third = await stage.accept({ recipients: ['ann@one.example', 'carl@two.example'] });
  return [first, second, third];
}

const recipients = async (...options: readonly string[]) =>
  ((await stage.jsonLines('queue', 'list', ...options)) as { recipient: string }[]).map(
    ({ recipient }) => recipient,
  );

test.each([
  [['--sender', '*@Letters.EXAMPLE'], ['ann@one.example']],
  [['--sender', 'NEWS@letters.example', '--subject', 'HALF'], ['ann@one.example']],
  [['--sender', 'news@letters.example', '--subject', 'invoice'], []],
  [['--recipient', '*@two.example'], ['carl@two.example']],
  [['--recipient', 'ann@one.example', '--younger-than', '1m'], ['ann@one.example']],
  [['--older-than', '90m'], ['ann@one.example']],
  [['--older-than', '30m', '--younger-than', '90m'], ['bob@one.example']],
  [
    ['--destination', 'one.example', '--limit', '2'],
    ['ann@one.example', 'bob@one.example'],
  ],
  [['--state', 'held'], []],
])('list %s', async (options, found) => {
  await mail();
  expect(await recipients(...options)).toEqual(found);
});

test('list by id, and what each delivery waits for', async () => {
  const [first, , third] = await mail();
  expect(await recipients(third!)).toEqual(['ann@one.example', 'carl@two.example']);
  await stage.json('queue', 'hold', first!);
  await stage.json('destination', 'suspend', 'two.example');
  const lines = (await stage.jsonLines('queue', 'list')) as { recipient: string; waits_for: string }[];
  expect(lines.map(({ waits_for: waitsFor }) => waitsFor)).toEqual([
    'its turn',
    'two.example is suspended by an operator',
    'its turn',
    'somebody to release it',
  ]);
  const text = await stage.text('queue', 'list');
  expect(text).toContain('WAITS FOR');
  expect(text).toContain('two.example is suspended by an operator');
});

test.each([
  [['queue', 'list', '--sender', 'nobody'], '--sender nobody is not an address'],
  [['queue', 'list', '--recipient', '*@'], 'is not a domain name'],
  [['queue', 'hold', '--older-than', 'long'], '--older-than long is not a duration'],
  [['queue', 'hold', '--state', 'delivered'], '--state delivered is none of'],
  [['queue', 'hold', '--subject', ' '], '--subject is empty'],
  [['queue', 'list', '--subject', 'x'.repeat(60_000)], 'of a subject 200 characters are kept'],
  [['queue', 'hold', '--state', 'held'], '--state held means nothing that this command changes'],
  [['queue', 'retry', '--state', 'held', '--dry-run'], '--state held means nothing'],
  [['queue', 'release', '--state', 'queued', '--dry-run'], '--state queued means nothing'],
  [['queue', 'cancel'], '--sender, --recipient, --subject, --older-than'],
])('%s is refused', async (args, words) => {
  stage.openStore();
  const ran = await stage.run(args);
  expect(ran.code).toBe(2);
  expect(ran.err).toContain(words);
});

describe('before it acts', () => {
  test('a dry run counts, shows, and changes nothing', async () => {
    const [, , third] = await mail();
    await stage.store.spool.claim({
      nowMs: stage.clock.now(),
      limit: 1,
      limitPerDestination: 1,
      excludedDestinations: [],
    });
    const dry = await stage.json('queue', 'cancel', '--all', '--dry-run');
    expect(dry).toMatchObject({
      dry_run: true,
      deliveries: 4,
      messages: 3,
      in_progress: 1,
      oldest_at: '2026-11-24T06:12:31.000Z',
      destinations: [
        { destination: 'one.example', deliveries: 3 },
        { destination: 'two.example', deliveries: 1 },
      ],
      accounts: [{ account: 'default', deliveries: 4 }],
    });
    expect((dry as { sample: unknown[] }).sample[0]).toMatchObject({
      message_id: third,
      recipient: 'ann@one.example',
      waits_for: 'its turn',
    });
    const text = await stage.text('queue', 'hold', '--destination', 'one.example', '--dry-run');
    expect(text).toContain(
      '3 deliveries of 3 messages, 1 of them in progress; the oldest was accepted 2 h ago',
    );
    expect(text).toContain('to one.example (3)');
    expect(await recipients('--state', 'held')).toEqual([]);
  });

  test('on a terminal it is shown and asked, but for one message', async () => {
    const [first] = await mail();
    const no = await stage.run(['queue', 'hold', '--destination', 'one.example'], { answer: 'n' });
    expect(no).toMatchObject({ code: 1 });
    expect(no.err).toContain('3 deliveries of 3 messages');
    expect(no.err).toContain('Hold everything that waits to one.example? [y/N]');
    const yes = await stage.run(['queue', 'hold', '--destination', 'one.example'], { answer: 'y' });
    expect(yes).toMatchObject({ code: 0, out: 'Held 3 deliveries.\n' });
    const again = await stage.run(['queue', 'hold', '--destination', 'one.example', '--yes'], { answer: '' });
    expect(again.err).toContain('That means nothing that waits.');
    expect(await stage.run(['queue', 'release', first!], { answer: '' })).toMatchObject({ code: 0 });
  });

  test('in a script hold acts at once and says nothing else; cancel and reroute want --yes', async () => {
    await mail();
    const held = await stage.run(['queue', 'hold', '--sender', '*@letters.example']);
    expect(held).toEqual({ code: 0, out: 'Held 1 delivery.\n', err: '' });
    for (const command of [['cancel'], ['reroute', '--route', 'direct']]) {
      const ran = await stage.run(['queue', ...command, '--older-than', '90m']);
      expect(ran.code).toBe(2);
      expect(ran.err).toContain('everything that waits, older than');
      expect(ran.err).toContain('add --yes');
    }
    expect(await stage.json('queue', 'cancel', '--older-than', '90m', '--yes')).toEqual({ changed: 1 });
    expect(await recipients('--older-than', '90m')).toEqual([]);
  });
});

describe('reroute', () => {
  const CONFIG = `
[[route]]
name = "smart-host"
match = false
action = "relay"
host = "smtp.example.net"

[[route]]
name = "monday"
match = false
action = "hold"
`;
  const reroute = (...args: readonly string[]) =>
    stage.run(['queue', 'reroute', ...args, '--config', '/srv/relay.toml', '--yes']);
  beforeEach(() => (stage.files['/srv/relay.toml'] = CONFIG));

  test('gives a route, which list and trace show', async () => {
    const [first] = await mail();
    expect(await reroute('--sender', '*@letters.example', '--route', 'smart-host')).toMatchObject({
      code: 0,
      out: 'Rerouted 1 delivery.\n',
    });
    expect(await stage.jsonLines('queue', 'list', first!)).toMatchObject([{ reroute: 'smart-host' }]);
    expect(await stage.text('message', 'trace', first!)).toContain('smart-host, chosen by an operator');
    expect(await reroute(first!, '--route', 'direct')).toMatchObject({ code: 0 });
    expect(await stage.jsonLines('queue', 'list', first!)).toMatchObject([{ reroute: 'direct' }]);
  });

  test.each([
    ['none', 'the configuration has no route none', 'it has: smart-host, direct'],
    ['monday', 'route monday sends no mail: its action is hold', 'hold or cancel it instead'],
  ])('refuses %s', async (route, problem, hint) => {
    const [first] = await mail();
    const ran = await reroute(first!, '--route', route);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(problem);
    expect(ran.err).toContain(hint);
  });
});

test('what was selected and how many were changed is in the audit log', async () => {
  await mail();
  await stage.json('queue', 'hold', '--sender', '*@letters.example', '--older-than', '1h');
  expect(await stage.jsonLines('audit', 'list', '--action', 'queue')).toMatchObject([
    {
      actor: 'relayctl:test',
      action: 'queue hold done',
      subject: '1 of sender=*@letters.example accepted before 2026-11-24T07:12:31.000Z',
    },
    {
      actor: 'relayctl:test',
      action: 'queue hold',
      subject: 'sender=*@letters.example accepted before 2026-11-24T07:12:31.000Z',
    },
  ]);
});
