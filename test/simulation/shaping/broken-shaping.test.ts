/**
 * A relay that does not keep to its rules of shaping is found out within a few worlds: every kind of broken promise here is one
 * that the observers must see. It is broken by the rules that it is given; the observers have the right ones.
 */
import { describe, expect, it } from 'vitest';
import type { RateWindow, ShapingLimits, ShapingRules } from '../../../src/policy/shaping/shaping-rules.ts';
import type { Plan } from '../plan.ts';
import { simulateSeed } from '../simulate-seed.ts';
import type { PlannedLimits } from './planned-rules.ts';

const SEEDS = [1, 2, 3];
const HOURS = 3;

it('finds nothing in a relay that keeps to its rules', async () => {
  const limits = { messagesPer: { second: 2, minute: 40 }, connections: 2, recipientsPerTransaction: 2 };
  expect(await broken(limits, {})).toBeUndefined();
});

describe('a relay is found out that', () => {
  it.each<[string, PlannedLimits, Forgetting, RegExp]>([
    ...(['second', 'minute', 'hour', 'day'] as const).map(
      (window): [string, PlannedLimits, Forgetting, RegExp] => [
        `passes a limit of messages in a ${window}`,
        { messagesPer: { [window]: 3 } },
        { messagesPer: {} },
        new RegExp(`messages in a ${window} of busy`),
      ],
    ),
    [
      'opens more connections than it may',
      { connections: 1 },
      { connections: 4 },
      /connections at once of busy/,
    ],
    [
      'opens more connections in a minute than it may',
      { connectionsPerMinute: 2, messagesPerConnection: 1 },
      { connectionsPerMinute: Infinity },
      /new connections in a minute of busy/,
    ],
    [
      'sends too many messages on a connection',
      { messagesPerConnection: 2 },
      { messagesPerConnection: 3 },
      /messages on a connection under busy/,
    ],
    [
      'puts too many recipients into a transaction',
      { recipientsPerTransaction: 1 },
      { recipientsPerTransaction: 10 },
      /recipients in a transaction under busy/,
    ],
    [
      'keeps an unused connection for too long',
      { idleMs: 1_000 },
      { idleMs: 200_000 },
      /a connection was unused for/,
    ],
    [
      'lets mail wait for a minute that is a day to it',
      { messagesPer: { minute: 10 } },
      { messagesPer: { day: 10 } },
      /waits for \d+ minutes, and may go/,
    ],
  ])('%s', async (_what, limits, forgetting, promise) => {
    expect(await broken(limits, forgetting)).toMatch(promise);
  });

  it('counts apart what counts together', async () => {
    const apart = ({ rules, replies }: ShapingRules): ShapingRules => ({
      rules: rules.map((rule) => ({ ...rule, per: [...rule.per, 'stream', 'account'] })),
      replies,
    });
    expect(await brokenBy({ messagesPer: { minute: 5 } }, apart)).toMatch(/messages in a minute of busy/);
  });
});

interface Forgetting extends Omit<ShapingLimits, 'messagesPer'> {
  readonly messagesPer?: Partial<Record<RateWindow, number>>;
}

function broken(limits: PlannedLimits, forgetting: Forgetting): Promise<string | undefined> {
  return brokenBy(limits, ({ rules, replies }) => ({
    rules: rules.map((rule) => ({ ...rule, limits: { ...rule.limits, ...forgetting } })),
    replies,
  }));
}

/** The promise that the first of some worlds breaks that breaks one, with one rule for all sites with limits. */
async function brokenBy(
  limits: PlannedLimits,
  shaping: (rules: ShapingRules) => ShapingRules,
): Promise<string | undefined> {
  const adapt = (plan: Plan): Plan => ({
    ...plan,
    calmEnd: true,
    burstsPerHour: 0,
    messagesPerHour: 5,
    limits: { ...plan.limits, maxDeliveries: 2_000, feedDeliveries: 1_000, recipientsPerTransaction: 100 },
    troubles: {
      ...plan.troubles,
      ...{ sudden: undefined, stops: undefined, storeFaults: undefined },
      ...{ operator: undefined, clockJumps: undefined },
    },
    shaping: plan.shaping && {
      ...plan.shaping,
      ...{ builtIn: [], replies: [], hostLimits: new Map(), burstsPerHour: 2 },
      operator: [
        { name: 'busy', match: { mx: plan.shaping.sites.map(({ name }) => `${name}.test`) }, limits },
      ],
    },
  });
  for (const seed of SEEDS) {
    const report = await simulateSeed({ seed, hours: HOURS, shaped: 'always', adapt, tamper: { shaping } });
    if (report.broken !== undefined) return report.broken;
  }
  return undefined;
}
