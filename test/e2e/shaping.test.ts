/** Rules of shaping at the real relay: what waits says why and until when, SIGHUP lets it go, a restart begins no new hour. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const FILE = 'destinations.toml';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
  stage = undefined;
});

interface Destination {
  readonly blocked_until: string | null;
  readonly waits_for: string | null;
  readonly failures: number;
  readonly queued: number;
}

function write(of: Stage, rules: string): string {
  const file = path.join(of.relay.folder, FILE);
  writeFileSync(file, rules);
  return file;
}

async function start(rules: string): Promise<Stage> {
  const staged = await Stage.start();
  stage = staged;
  staged.relay.configure({ delivery: { destination_rules: write(staged, rules) } });
  await reload(staged, '"event":"reloaded"');
  return staged;
}

async function reload({ relay }: Stage, line: string): Promise<void> {
  const count = () => relay.log().split(line).length;
  const before = count();
  relay.signal('SIGHUP');
  await eventually(() => count() > before, { what: line });
}

async function submitMany(of: Stage, count: number): Promise<void> {
  const session = await of.session();
  for (let i = 0; i < count; i++)
    await session.submitForId({
      from: FROM,
      to: `r${String(i)}@${RECIPIENT_DOMAIN}`,
      content: `From: <${FROM}>\r\nSubject: ${String(i)}\r\n\r\nbody\r\n`,
    });
  await session.quit();
}

const destination = (of: Stage) => of.relay.ctl<Destination>('destination', 'show', RECIPIENT_DOMAIN);
const waits = (of: Stage, words: string) =>
  eventually(async () => (await destination(of)).waits_for === words, { what: words });

it('what is over a limit waits with the reason and the time, a restart begins no new hour, and SIGHUP lets it go', async () => {
  const rule = (limit: string) => `[[rule]]\nname = "slow"\nmessages_per_hour = ${limit}\n`;
  const staged = await start(rule('4'));
  await submitMany(staged, 10);
  await eventually(() => staged.mx.messages.length === 4);
  await waits(staged, 'rule slow: 4 messages an hour');
  expect(await destination(staged)).toMatchObject({ failures: 0, queued: 6 });
  const text = (await staged.relay.ctlRaw(['destination', 'show', RECIPIENT_DOMAIN])).stdout;
  expect(text).toMatch(/waits with 6 until .* for rule slow: 4 messages an hour/);

  await staged.relay.stop();
  await staged.relay.start();
  await staged.relay.ctl('queue', 'retry', '--all');
  await waits(staged, 'rule slow: 4 messages an hour');
  expect(staged.mx.messages).toHaveLength(4);

  write(staged, '[[rule]]\nname = "slow"\nmessages_per_hour = "four"\n');
  await reload(staged, '"event":"reload failed');
  expect(staged.relay.log()).toContain(
    `${FILE}:3: rule \\"slow\\", messages_per_hour: expected a whole number`,
  );
  const check = await staged.relay.ctlRaw(['config', 'check']);
  expect(check).toMatchObject({ code: 1 });
  expect(check.stderr).toContain(`${FILE}:3: `);

  write(staged, rule('"off"'));
  await reload(staged, '"event":"reloaded"');
  await eventually(() => staged.mx.messages.length === 10);
  expect((await staged.relay.ctlRaw(['destination', 'show', RECIPIENT_DOMAIN])).stderr).toContain(
    'nothing waits for',
  );
});
