/** `relayctl health`: hard-bounce and complaint rates of the last 24 hours, and their consequences. */
import { flatMapInTurn } from '../../platform/in-turn.ts';
import { visible } from '../../platform/visible-text.ts';
import { bounceShare, complaintShare, endedCount, judgeHealth } from '../../policy/health.ts';
import type { HealthLevel } from '../../policy/health.ts';
import type { HealthKind, HealthState, HealthTotal } from '../../store/health.ts';
import { HEALTH_KINDS } from '../../store/health.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { healthWarning, levelBrush, shareWords } from '../views/health-view.ts';
import { wrap } from '../output/display-width.ts';
import { renderTable } from '../output/table.ts';
import { healthJson } from '../json/health-json.ts';
import { DAY_MS } from '../../platform/time-units.ts';

export const health: CommandSpec = {
  path: 'health',
  summary: 'Show bounce and complaint rates of the last 24 hours',
  details:
    'Hard bounces are counted of all deliveries that ended, complaints of those that were delivered. From health.least_messages ' +
    'deliveries on, the limits of the section [health] apply: to accounts and streams, whose mail may be throttled or held; ' +
    'domains and destinations are only shown. Held mail goes on with: relayctl queue release --account NAME [--stream NAME].',
  options: [
    { flags: '--by <what>', meaning: 'account, domain, stream or destination (default: account and stream)' },
    { flags: '--limit <number>', meaning: 'how many of each at most (default: 50)' },
  ],
  examples: [
    { type: 'health', does: 'accounts and streams' },
    { type: 'health --by destination', does: 'where mail bounces' },
    { type: 'health --json | jq -r \'select(.level == "hold").name\'', does: 'what is held, for a script' },
  ],
  run: showHealth,
};

const DEFAULT_LIMIT = 50;

/** A total with the level that it is under or, for what is only shown, whether its figures are good. */
export interface HealthRow extends HealthTotal {
  readonly level: HealthLevel;
  readonly state: HealthState | undefined;
}

async function showHealth(context: CommandContext, { options }: CommandInput): Promise<void> {
  const by = options.choice('by', HEALTH_KINDS);
  const limit = options.wholeNumber('limit') ?? DEFAULT_LIMIT;
  const account = await context.namedAccount();
  const kinds: readonly HealthKind[] = by === undefined ? ['account', 'stream'] : [by];
  const states = await context.reader.healthStates();
  const rows = await flatMapInTurn(kinds, async (kind) =>
    (await readRows(context, kind, states))
      .filter(({ accountId }) => account === undefined || accountId === account.id)
      .slice(0, limit),
  );
  if (context.global.json) {
    for (const row of rows) await context.printJsonLine(healthJson(row));
    return;
  }
  if (rows.length === 0) context.note('Nothing was delivered or bounced in the last 24 hours.');
  else context.print(await renderRows(context, rows));
  for (const state of states) {
    if (account !== undefined && state.accountId !== account.id) continue;
    const lines = wrap(visible(healthWarning(state, context.nowMs)), (context.io.columns ?? 100) - 2);
    const { paint } = context;
    context.print(lines.map((line, index) => `${index === 0 ? paint.warn('!') : ' '} ${line}`).join('\n'));
  }
}

const MOST_ROWS = 100_000;

async function readRows(
  { reader, nowMs, config }: CommandContext,
  kind: HealthKind,
  states: readonly HealthState[],
): Promise<readonly HealthRow[]> {
  return (await reader.healthTotals(kind, nowMs - DAY_MS, MOST_ROWS)).map((total) => {
    if (kind === 'domain' || kind === 'destination') {
      // Nothing is ever done to those.
      const isGood = judgeHealth(total.counts, config.health.rules).level === 'good';
      return { ...total, state: undefined, level: isGood ? 'good' : 'warn' };
    }
    const stream = kind === 'account' ? '' : total.name;
    const state = states.find((one) => one.accountId === total.accountId && one.stream === stream);
    return { ...total, state, level: state?.level ?? 'good' };
  });
}

async function renderRows(context: CommandContext, rows: readonly HealthRow[]): Promise<string> {
  const { io, paint } = context;
  return renderTable(
    [
      { title: 'BY', text: ({ kind }) => kind },
      { title: 'NAME', text: ({ name }) => name, shrinks: true },
      { title: 'ENDED', text: ({ counts }) => String(endedCount(counts)), alignRight: true },
      {
        title: 'HARD BOUNCES',
        text: ({ counts }) =>
          `${counts.hardBounced}  ${shareWords(bounceShare(counts), endedCount(counts)).padStart(6)}`,
        alignRight: true,
      },
      {
        title: 'COMPLAINTS',
        text: ({ counts }) =>
          `${counts.complained}  ${shareWords(complaintShare(counts), counts.delivered).padStart(6)}`,
        alignRight: true,
      },
      {
        title: 'LEVEL',
        text: ({ level }) => level,
        brush: (text, { level }) => levelBrush(level, paint)(text),
      },
      {
        title: 'ACCOUNT',
        text: ({ kind, accountName }) => (kind === 'account' ? '' : (accountName ?? '')),
        shrinks: true,
        hidden: !(await context.listsManyAccounts()),
      },
    ],
    rows,
    { width: io.columns, paint },
  );
}
