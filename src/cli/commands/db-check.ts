/** `relayctl db check`: whether the database or a copy of it is intact, and whether the master key matches. */
import { timestamp } from '../../api-json/timestamp.ts';
import type { DatabaseView } from '../../store/copies.ts';
import { visible } from '../../platform/visible-text.ts';
import { storeCountsJson } from '../json/database-json.ts';
import { sizeWords } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { KeyFinding } from '../program/database-files.ts';
import { renderHoldings } from '../views/database-view.ts';

export const dbCheck: CommandSpec = {
  path: 'db check',
  summary: 'Check the database or a backup: pages, references, schema, master key',
  arguments: '[file]',
  details:
    'Without a file it checks the live database; a running relayd is not delayed. Of one on PostgreSQL it checks the schema, ' +
    'whether the server takes changes and keeps what it commits, and with --full that rows refer to rows. Exits with 1 when ' +
    'something is wrong.\n\n' +
    'The key of a backup is FILE.master.key if that exists (db backup --with-key), else the key of the configuration, or --key.',
  options: [
    {
      flags: '--full',
      meaning: 'also compare every index with its table, which takes about twice as long',
    },
    { flags: '--key <file>', meaning: 'the master key of the database' },
  ],
  examples: [
    { type: 'db check', does: 'the live database' },
    { type: 'db check /backup/postern.db --full', does: 'a backup' },
    {
      type: 'db check /backup/postern.db --key /safe/master.key --json',
      does: 'with the key from another place',
    },
  ],
  run: check,
};

interface Checked {
  readonly view: DatabaseView;
  readonly faults: readonly string[];
  /** `undefined`: the schema is too old to be asked. */
  readonly key: KeyFinding | undefined;
}

async function check(context: CommandContext, input: CommandInput): Promise<void> {
  const {
    arguments: [file],
    options,
  } = input;
  const { services, config } = context;
  const database = await services.database.open(config, file);
  try {
    const { sealed } = database;
    const faults = await database.faults(options.flag('full'));
    const named = { file, keyFile: options.text('key') };
    const key = sealed && (await services.database.findKey(config, sealed, named));
    const checked: Checked = { view: await database.view(), faults, key };
    context.exitCode = faults.length > 0 || (key !== undefined && key.state !== 'opens') ? 1 : 0;
    if (context.global.json) context.printJson(checkJson(context, checked));
    else render(context, checked);
  } finally {
    await database.close();
  }
}

function checkJson({ exitCode }: CommandContext, { view, faults, key }: Checked): object {
  return {
    ok: exitCode === 0,
    file: view.file,
    size_bytes: view.sizeBytes,
    schema: view.schema,
    known_schema: view.knownSchema,
    newest_event_at: timestamp(view.newestEventMs),
    faults,
    key: { state: key?.state ?? 'unknown', from: key?.from ?? null },
    counts: storeCountsJson(view.counts),
  };
}

function remedyOf({ services, config }: CommandContext, { file }: DatabaseView): string {
  const onServer = services.databaseFile(config) === undefined && file.startsWith('postgres:');
  return onServer
    ? 'docs/postgresql.md says what Postern needs of the server; a damaged database is restored from its backup'
    : 'restore a backup that passes this check (docs/backup.md), and look at the disk';
}

function render(context: CommandContext, { view, faults, key }: Checked): void {
  const { paint } = context;
  const good = (words: string) => context.print(`${paint.good(paint.sign.good)} ${words}`);
  const bad = (words: string, remedy: string) =>
    context.print(`${paint.bad(paint.sign.bad)} ${words}\n  ${paint.name('do:')} ${remedy}`);
  const file = visible(view.file);
  for (const fault of faults) bad(visible(fault), remedyOf(context, view));
  if (faults.length === 0) good(`${file} is intact: ${sizeWords(view.sizeBytes)}`);
  const older =
    view.schema < view.knownSchema
      ? `, older than this program's ${view.knownSchema}: relayd brings it up to date`
      : '';
  context.print(`  schema ${view.schema}${older}`);
  context.print(renderHoldings(view));
  if (key === undefined) context.print('  master key: unknown, the schema is too old to check it');
  else if (key.state === 'opens') good(`the master key matches: ${visible(key.from)}`);
  else if (key.state === 'wrong')
    bad(
      `the key in ${visible(key.from)} does not match this database`,
      'name the key that it was made with: --key FILE',
    );
  else
    bad(`there is no master key in ${visible(key.from)}`, 'name the key that it was made with: --key FILE');
}
