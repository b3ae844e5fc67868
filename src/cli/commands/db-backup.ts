/** `relayctl db backup`: a copy of the database while relayd runs, and what else a restore needs. */
import { timestamp } from '../../api-json/timestamp.ts';
import type { DatabaseView } from '../../store/copies.ts';
import { visible } from '../../platform/visible-text.ts';
import { storeCountsJson } from '../json/database-json.ts';
import { sizeWords } from '../output/time-words.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { BackupPlace } from '../program/database-files.ts';
import { renderHoldings } from '../views/database-view.ts';

export const dbBackup: CommandSpec = {
  path: 'db backup',
  summary: 'Copy the database to a file while relayd runs',
  arguments: '<file>',
  details:
    'The copy contains everything that was durable at its start: every message answered 250 before, domains, credentials, ' +
    'suppressions, events. It is one file (0600), published complete or not at all, and never replaces another file. It is ' +
    'checked before the command ends. A store on PostgreSQL is backed up by pg_dump or continuous archiving instead ' +
    '(docs/postgresql.md): the command says so and exits with 1.\n\n' +
    'The master key and the certificates are not included: keep them separately, or add --with-key. Without the key the DKIM ' +
    'keys, credentials and webhook secrets in the copy are unusable. Restore: docs/backup.md.',
  options: [
    {
      flags: '--with-key',
      meaning: 'write the master key and the certificates next to it, as FILE.master.key, ...',
    },
    { flags: '--no-check', meaning: 'do not check the copy' },
  ],
  examples: [
    { type: 'db backup /backup/postern.db', does: 'a copy without master.key' },
    {
      type: 'db backup /backup/postern-$(date +%F).db --with-key',
      does: 'everything for a restore except the configuration',
    },
    {
      type: 'db backup /backup/postern.db --json',
      does: 'for a script: exit code 0 means complete, synced and checked',
    },
  ],
  run: backup,
};

/** Said so often at the most. */
const EVERY_MS = 2_000;

async function backup(
  context: CommandContext,
  { arguments: [file = ''], options }: CommandInput,
): Promise<void> {
  const { services, config, io } = context;
  if (services.databaseFile(config) === undefined) throw backUpByTheServer();
  const startedAtMs = context.nowMs;
  let saidAtMs = services.clock.monotonic();
  const place = await services.database.backup(config, {
    file,
    withKey: options.flag('with-key'),
    interrupted: io.interrupted,
    onProgress(doneBytes, totalBytes) {
      const nowMs = services.clock.monotonic();
      if (!io.outIsTerminal || nowMs - saidAtMs < EVERY_MS) return;
      saidAtMs = nowMs;
      context.note(`${Math.floor((100 * doneBytes) / totalBytes)} % of ${sizeWords(totalBytes)}`);
    },
  });
  const checked = options.unlessNo('check');
  const view = await lookAt(context, file, checked);
  const facts: Made = { view, place, startedAtMs, checked };
  if (context.global.json) context.printJson(backupJson(context, facts));
  else render(context, facts);
}

/** A copy over the wire would be a poor one of what the server's own tools do. */
function backUpByTheServer(): CliFailure {
  return new CliFailure('not-available', 'the store is on PostgreSQL, whose own tools back it up', {
    hint:
      'one moment, beside running nodes: pg_dump --format=custom --file postern.dump "$URL"\n' +
      'every moment: pg_basebackup with continuous archiving (docs/postgresql.md)\n' +
      'and keep the master key (data_key) elsewhere: without it DKIM keys and credentials are unusable',
  });
}

interface Made {
  readonly view: DatabaseView;
  readonly place: BackupPlace;
  readonly startedAtMs: number;
  readonly checked: boolean;
}

async function lookAt(
  { services, config }: CommandContext,
  file: string,
  check: boolean,
): Promise<DatabaseView> {
  const database = await services.database.open(config, file);
  try {
    const [fault] = check ? await database.faults(false) : [];
    if (fault !== undefined)
      throw new CliFailure('damaged', `the copy ${file} is damaged: ${fault}`, {
        hint: 'the database itself may be: relayctl db check',
      });
    return await database.view();
  } finally {
    await database.close();
  }
}

function backupJson({ loaded }: CommandContext, { view, place, startedAtMs, checked }: Made): object {
  return {
    file: view.file,
    size_bytes: view.sizeBytes,
    schema: view.schema,
    started_at: timestamp(startedAtMs),
    newest_event_at: timestamp(view.newestEventMs),
    checked,
    counts: storeCountsJson(view.counts),
    secret_files: place.secretFiles,
    also_needed: place.alsoNeeded.map(({ what, where }) => ({ what, where })),
    config_file: loaded.file ?? null,
  };
}

function render(context: CommandContext, { view, place, startedAtMs, checked }: Made): void {
  const { paint, loaded } = context;
  const { sizeBytes, schema } = view;
  const file = visible(view.file);
  const words = `${file}: ${sizeWords(sizeBytes)}, schema ${schema}${checked ? ', checked' : ''}`;
  context.print(`${paint.good(paint.sign.good)} Backup made. ${words}`);
  context.print(renderHoldings(view));
  context.print(`  taken at ${timestamp(startedAtMs)}: later changes are not included`);
  for (const at of place.secretFiles) context.print(`  next to it: ${visible(at)} (secret)`);
  const needed = [
    ...place.alsoNeeded,
    ...(loaded.file === undefined ? [] : [{ what: 'configuration', where: loaded.file }]),
  ];
  if (needed.length > 0) {
    context.print(`\n${paint.warn('!')} Not included, but needed for a restore:`);
    for (const { what, where } of needed) context.print(`    ${what}: ${visible(where)}`);
  }
  if (place.secretFiles.length === 0)
    context.print(
      '  Without the master key its DKIM keys, credentials and webhook secrets are unusable. Keep the key separately, or add --with-key.',
    );
  if (place.onSameDisk) context.note('It is on the same disk as data_dir: copy it to another one.');
}
