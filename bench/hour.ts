/**
 * One hour with a provider that misbehaves, as the command line shows it: a real relayd in fast time among three providers,
 * of which the largest answers 421 4.7.28 for a quarter of an hour. Prints the transcript in Markdown; docs/hour.md is one.
 *
 *   npm run build && node bench/hour.ts            two minutes
 *   npm run build && node bench/hour.ts --factor 60
 */
import { parseArgs } from 'node:util';
import { FastTime } from '../test/support/fast-time.ts';
import { ProviderStage, type ProviderName } from '../test/e2e/support/provider-stage.ts';

const { values } = parseArgs({ options: { factor: { type: 'string', default: '30' } } });
const MINUTE_MS = 60_000;
const BEGINS_AT_MS = Date.parse('2026-03-02T09:50:00Z');
/** Each minute, to each domain. */
const BROADCAST = 6;
const TRANSACTIONAL = 1;
/** What the provider takes in a minute while it misbehaves. */
const FEW = 4;
const MAIL_ENDS_AT_MINUTE = 40;

interface Happening {
  readonly atMinute: number;
  readonly what: string;
  readonly act?: (all: ProviderStage) => void;
  /** Arguments of relayctl; behind `| grep`, what lines have to contain. */
  readonly commands?: readonly string[];
}

const LIMITED = 'events --server | grep destination_limited';

const HOUR: readonly Happening[] = [
  {
    atMinute: 4,
    what: 'Mail flows to three providers.',
    commands: ['queue summary'],
  },
  {
    atMinute: 5,
    what: `google begins to take ${FEW} messages a minute from our address, and answers the others 421.`,
    act: ({ providers }) =>
      providers.google.limits.change({ messages: { count: FEW, windowMs: MINUTE_MS }, code: 421 }),
  },
  {
    atMinute: 8,
    what: 'The relay has slowed down by itself, for all domains whose mail google takes.',
    commands: [LIMITED, 'destination list', 'destination show alpha.test'],
  },
  {
    atMinute: 15,
    what: 'What waits, and why. The other providers have no queue.',
    commands: ['queue summary', 'queue list --destination alpha.test --limit 5'],
  },
  {
    atMinute: 20,
    what: 'google takes mail as before; the relay tries more step by step. A campaign to one of the domains is put off meanwhile.',
    act: ({ providers }) => providers.google.limits.change({}),
    commands: ['destination suspend beta.test --for 10m --reason campaign', 'destination show beta.test'],
  },
  {
    atMinute: 31,
    what: 'The suspension has ended by itself.',
    commands: ['destination show beta.test', LIMITED],
  },
  {
    atMinute: 40,
    what: 'The operator does not want to wait for the next steps.',
    commands: ['destination resume alpha.test', LIMITED],
  },
  {
    atMinute: 59,
    what: 'The hour is over.',
    commands: ['queue summary', 'destination list', LIMITED],
  },
];

await using all = await ProviderStage.start(new FastTime(Number(values.factor), BEGINS_AT_MS));
// The hour begins when everybody is up.
const originMs = all.time.clock.now();
const mail = sendMail(all);
for (const happening of HOUR) await happen(all, happening);
await mail;
report(all);

/** Until {@link MAIL_ENDS_AT_MINUTE}. */
async function sendMail(stage: ProviderStage): Promise<void> {
  const names = Object.keys(stage.providers) as ProviderName[];
  for (let minute = 0; minute < MAIL_ENDS_AT_MINUTE; minute++) {
    await until(stage, minute);
    for (const name of names) {
      await stage.submit(name, 'broadcast', BROADCAST, minute * BROADCAST);
      await stage.submit(name, 'transactional', TRANSACTIONAL, minute * TRANSACTIONAL);
    }
  }
}

async function happen(
  stage: ProviderStage,
  { atMinute, what, act, commands = [] }: Happening,
): Promise<void> {
  await until(stage, atMinute);
  act?.(stage);
  console.log(
    `### ${new Date(BEGINS_AT_MS + atMinute * MINUTE_MS).toISOString().slice(11, 16)}\n\n${what}\n`,
  );
  for (const command of commands) {
    const [words = '', wanted = ''] = command.split(' | grep ');
    const { code, stdout, stderr } = await stage.stage.relay.ctlRaw(words.split(' '));
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.includes(wanted));
    const exit = code === 0 ? '' : `exit code ${code}\n`;
    console.log(`\`\`\`console\n$ relayctl ${command}\n${lines.join('\n').trimEnd()}\n${exit}\`\`\`\n`);
  }
}

function until({ time }: ProviderStage, minute: number): Promise<void> {
  const waitMs = originMs + minute * MINUTE_MS - time.clock.now();
  return new Promise((resolve) => time.clock.after(Math.max(0, waitMs), resolve));
}

function report({ providers }: ProviderStage): void {
  for (const [name, { taken, limits }] of Object.entries(providers))
    console.log(`${name} took ${taken.length} messages and refused ${limits.violations.length}.`);
}
