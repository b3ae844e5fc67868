/** `relayctl db copy`: the whole store to the other engine, with the mail that waits. */
import { nameOfUrl } from '../../store/place.ts';
import { visible } from '../../platform/visible-text.ts';
import { counted } from '../output/time-words.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { CopiedStore } from '../program/database-files.ts';
import { storeUrlOf } from '../input/store-url.ts';

export const dbCopy: CommandSpec = {
  path: 'db copy',
  summary: 'Copy the whole store, with the queue, from SQLite to PostgreSQL or back',
  details:
    'Copies the store of the configuration: accounts, domains with their keys, credentials, suppressions, messages with their ' +
    'content, deliveries that wait, events, webhooks, statistics. relayd is stopped on both sides meanwhile; clients keep what ' +
    'they could not hand in and try again. The target has to be empty. Everything is counted, read again and compared, and ' +
    'then kept in one transaction: what was interrupted has left nothing, and is typed again. The source stays as it is.\n\n' +
    'The master key is not copied: PostgreSQL needs it as data_key on every node. docs/postgresql.md has the steps.',
  options: [
    {
      flags: '--to <url>',
      meaning: 'postgres://…, sqlite: (data_dir) or sqlite:/folder (visible to other users of this machine)',
    },
    { flags: '--to-file <file>', meaning: 'a file with that URL' },
    { flags: '--no-check', meaning: 'count rows, and do not compare their values' },
  ],
  examples: [
    { type: 'db copy --to-file /etc/postern/store-url', does: 'from the file in data_dir to PostgreSQL' },
    { type: 'db copy --to sqlite:/var/lib/postern', does: 'back, with store.url still naming PostgreSQL' },
  ],
  run: copy,
};

/** Said so often at the most. */
const EVERY_MS = 2_000;

async function copy(context: CommandContext, { options }: CommandInput): Promise<void> {
  const { services, config, io } = context;
  const to = await storeUrlOf(context, options.text('to'), options.text('to-file'), '--to');
  if (to === undefined) throw usage('--to or --to-file is missing', 'see: relayctl db copy --help');
  // A key that does not open it would be found out later.
  await services.openSecretBox(config);
  await noteCopy(context, to);
  const startedMs = services.clock.monotonic();
  let saidMs = startedMs;
  const copied = await services.database.copy(config, to, {
    compare: options.unlessNo('check'),
    interrupted: io.interrupted,
    onTable(table, rows) {
      const nowMs = services.clock.monotonic();
      if (!io.outIsTerminal || nowMs - saidMs < EVERY_MS) return;
      saidMs = nowMs;
      context.note(`${table}: ${rows}`);
    },
  });
  const tookMs = Math.round(services.clock.monotonic() - startedMs);
  const compared = options.unlessNo('check');
  if (context.global.json) context.printJson(copyJson(copied, compared, tookMs));
  else render(context, copied, { to, compared, tookMs });
}

/** Before it begins, so that the copy has the line too. */
async function noteCopy(context: CommandContext, to: string): Promise<void> {
  const subject = `to ${to.startsWith('postgres') ? nameOfUrl(to) : to}`;
  const { actor } = context.services;
  const { audit } = await context.writer();
  await audit.noteAudit({ atMs: context.nowMs, actor, action: 'db copy', subject });
}

function copyJson({ from, to, rows }: CopiedStore, compared: boolean, tookMs: number): object {
  return { from, to, compared, duration_ms: tookMs, rows: Object.fromEntries(rows) };
}

interface Ended {
  readonly to: string;
  readonly compared: boolean;
  readonly tookMs: number;
}

function render(context: CommandContext, copied: CopiedStore, { to, compared, tookMs }: Ended): void {
  const { paint } = context;
  const rowsOf = (table: string) => copied.rows.get(table) ?? 0;
  const all = [...copied.rows.values()].reduce((sum, rows) => sum + rows, 0);
  const checked = compared ? 'counted and compared' : 'counted';
  context.print(
    `${paint.good(paint.sign.good)} Copied to ${visible(copied.to)}: ${counted(all, 'row')}, ${checked}, in ${(tookMs / 1000).toFixed(1)} s`,
  );
  const parts = [
    counted(rowsOf('domain'), 'domain'),
    counted(rowsOf('credential'), 'credential'),
    counted(rowsOf('message'), 'message'),
    counted(rowsOf('delivery'), 'delivery', 'deliveries'),
    counted(rowsOf('suppression'), 'suppression'),
    counted(rowsOf('event'), 'event'),
  ];
  context.print(`  ${parts.join(', ')}`);
  const next = to.startsWith('postgres')
    ? 'set store.url to it and data_key to the text of master.key on every node, then start relayd'
    : 'take store.url out of the configuration, set data_dir to that folder, keep data_key, then start relayd';
  context.print(`  ${paint.name('do:')} ${next}`);
  context.print(`  ${visible(copied.from)} is as it was: start no relayd on it any more`);
}
