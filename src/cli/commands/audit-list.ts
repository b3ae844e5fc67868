/** `relayctl audit list`: who changed what; with `--sent`, which credential sent what. */
import { auditJson, subjectWords } from '../../api-json/audit-json.ts';
import { delay } from '../../platform/clock.ts';
import type { AuditFilter, AuditLine } from '../../store/audit.ts';
import { auditIdOf, parseAuditId } from '../../store/public-ids.ts';
import { findCredential } from '../input/lookup.ts';
import { renderTable } from '../output/table.ts';
import { fullTime } from '../output/time-words.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { listSent } from '../views/sent-view.ts';

export const auditList: CommandSpec = {
  path: 'audit list',
  summary: 'List who changed what, when and from where, the newest first',
  details:
    'Changes by commands, by API keys and by relayd itself. An address is in the log as a hash; its clear text is shown as long as ' +
    'it is kept (retention.events), then "(erased)". With --json each line has its hash and the one before: docs/audit.md.\n\n' +
    'With --sent: which credential sent which messages, from the messages that are kept.',
  options: [
    {
      flags: '--since <time>',
      meaning: 'not before: 2027-01-31, 2027-01-31T08:00:00Z, or a span ago such as 7d',
    },
    { flags: '--until <time>', meaning: 'not after' },
    { flags: '--actor <actor>', meaning: 'by this one: alice, relayctl:alice, api:crd_..., relayd' },
    { flags: '--credential <name>', meaning: 'by this credential: its name in the account, or its id' },
    { flags: '--action <action>', meaning: 'of this kind: suppression, "suppression add"' },
    { flags: '--subject <text>', meaning: 'with this text in what was changed' },
    { flags: '--sent', meaning: 'messages and the credentials that sent them, instead of changes' },
    { flags: '--before <id>', meaning: 'older than this line: the next page' },
    { flags: '--limit <number>', meaning: 'how many at most (default: 50)' },
    { flags: '-f, --follow', meaning: 'then show new lines as they are written, until interrupted' },
  ],
  examples: [
    { type: 'audit list', does: 'the latest changes' },
    {
      type: 'audit list --action suppression --subject alice@example.org',
      does: 'who suppressed an address',
    },
    { type: 'audit list --actor alice --since 7d --json', does: "a colleague's week, for a script" },
    { type: 'audit list --sent --credential wordpress --since 1d', does: 'what a credential sent' },
  ],
  run: list,
};

const DEFAULT_LIMIT = 50;
const PAGE = 500;
const POLL_MS = 1_000;

async function list(context: CommandContext, { options }: CommandInput): Promise<void> {
  const limit = options.wholeNumber('limit') ?? DEFAULT_LIMIT;
  const times = {
    sinceMs: options.timeOrSpanAgoMs('since', context.nowMs),
    untilMs: options.timeOrSpanAgoMs('until', context.nowMs),
  };
  if (options.flag('sent')) {
    await listSent(context, options, { ...times, limit });
    return;
  }
  const filter = { ...times, ...(await readFilter(context, options)) };
  const lines: AuditLine[] = [];
  let before = readBefore(options);
  let newest = 0;
  for (let left = limit; left > 0;) {
    const page = await context.reader.auditLines({ ...filter, before }, Math.min(PAGE, left));
    newest = Math.max(newest, page[0]?.id ?? 0);
    if (context.global.json) for (const line of page) await context.printJsonLine(auditJson(line));
    else lines.push(...page);
    left -= page.length;
    before = page.at(-1)?.id;
    if (before === undefined || context.io.interrupted.aborted) break;
  }
  if (!context.global.json) {
    if (lines.length === 0) context.note('There are no such lines.');
    else context.print(render(context, lines));
  }
  if (options.flag('follow')) await follow(context, filter, newest);
}

async function follow(context: CommandContext, filter: AuditFilter, from: number): Promise<void> {
  let seen = from;
  while (!context.io.interrupted.aborted) {
    await delay(context.services.clock, POLL_MS);
    const lines = (await context.reader.auditLines({ ...filter, after: seen }, PAGE)).toReversed();
    for (const line of lines) {
      if (context.global.json) await context.printJsonLine(auditJson(line));
      else context.print(render(context, [line]).split('\n').slice(1).join('\n'));
    }
    seen = lines.at(-1)?.id ?? seen;
  }
}

async function readFilter(context: CommandContext, options: Options): Promise<AuditFilter> {
  const actor = options.text('actor');
  const credential = options.text('credential');
  return {
    // One without a kind is a person at the command line, unless it is the relay itself.
    actor:
      actor === undefined || actor.includes(':') || OF_RELAY.includes(actor) ? actor : `relayctl:${actor}`,
    // Also one that is gone.
    credential:
      credential === undefined || credential.startsWith('crd_')
        ? credential
        : (await findCredential(context, credential)).id,
    account: await accountIdOf(context),
    action: options.text('action'),
    text: options.text('subject'),
  };
}

const OF_RELAY: readonly string[] = ['relayd', 'health', 'webhooks'];

/** An account that was removed still has its id. */
async function accountIdOf(context: CommandContext): Promise<string | undefined> {
  const { account } = context.global;
  return account?.startsWith('acc_') === true ? account : (await context.namedAccount())?.id;
}

function readBefore(options: Options): number | undefined {
  const text = options.text('before');
  if (text === undefined) return undefined;
  const id = parseAuditId(text);
  if (id === undefined)
    throw usage(`--before ${text} is not an id of the audit log such as ${auditIdOf(12)}`);
  return id;
}

function render({ io, paint }: CommandContext, lines: readonly AuditLine[]): string {
  return renderTable(
    [
      { title: 'TIME', text: ({ atMs }) => fullTime(atMs).slice(0, 19) },
      { title: 'WHO', text: ({ actor }) => actor, brush: paint.name },
      { title: 'FROM', text: ({ origin }) => origin ?? '', drops: true },
      { title: 'ACTION', text: ({ action }) => action },
      { title: 'WHAT', text: subjectWords, shrinks: true },
      {
        title: 'ACCOUNT',
        text: ({ account }) => account ?? '',
        hidden: lines.every(({ account }) => account === undefined),
        drops: true,
      },
      {
        title: '',
        text: ({ sequence }) => (sequence === undefined ? '(outside the chain)' : ''),
        hidden: lines.every(({ sequence }) => sequence !== undefined),
      },
    ],
    lines,
    { width: io.columns, paint },
  );
}
