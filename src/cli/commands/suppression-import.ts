/** `relayctl suppression import`: a file of suppressions of any size, while the relay runs. */
import type { With } from '../../admin/admin-context.ts';
import { importDefaults, importSuppressions, type ImportDefaults } from '../../admin/suppression-import.ts';
import { SUPPRESSION_REASONS, type NewSuppression } from '../../store/suppression-records.ts';
import { adminContext } from '../program/admin-context.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { readLines } from '../../admin/suppression-files/line-reader.ts';
import { PROVIDERS } from '../../admin/suppression-files/provider-records.ts';
import { ProviderRows } from '../../admin/suppression-files/provider-rows.ts';
import type { Row, RowReader } from '../../admin/suppression-files/suppression-rows.ts';
import { SuppressionRows } from '../../admin/suppression-files/suppression-rows.ts';
import { visible } from '../../platform/visible-text.ts';
import { counted } from '../output/time-words.ts';
import { unlessRefused } from '../program/refusal.ts';
import { STREAM_OPTION } from '../input/suppression-input.ts';

export const suppressionImport: CommandSpec = {
  path: 'suppression import',
  summary: 'Suppress the addresses in a file',
  arguments: '<file>',
  details:
    'The file (- for standard input) is CSV or one JSON object a line, as suppression export writes it: address and, ' +
    'optionally, reason, scope, created_at, expires_at, account, evidence, created_by. A plain list of addresses works too. ' +
    'An existing entry that lasts at least as long is kept. Wrong lines are listed and skipped; then ' +
    'the exit code is 1.',
  options: [
    {
      ...STREAM_OPTION,
      meaning: 'of this stream only, where a row names no scope (default: the whole account)',
    },
    {
      flags: '--format <format>',
      meaning: `csv or json (default: detected), or what another provider exports: ${PROVIDERS.join(', ')}`,
    },
    {
      flags: '--reason <reason>',
      meaning: 'for rows without one that is known, or for all of another provider',
    },
    { flags: '--note <text>', meaning: 'evidence for rows without one' },
    {
      flags: '--expires <when>',
      meaning: 'for rows without expires_at: after a span such as 365d, or at a time',
    },
  ],
  examples: [
    { type: 'suppression import bounced.csv', does: 'what another mailer exported' },
    {
      type: 'suppression import - --stream newsletter < left.txt',
      does: 'a list of addresses, for one stream',
    },
    { type: 'suppression import bounces.json --format sendgrid', does: 'what its API lists' },
    { type: 'suppression import list.jsonl --account shop', does: 'for one account, whatever the rows say' },
  ],
  run: importFile,
};

/**
 * Rows sorted together before they are written: neighbours share pages of the database, and what is written to the disk is
 * pages. Twice as many write half as much beside a million; each costs about a KiB of memory.
 */
const ROWS_SORTED = 100_000;
const PROBLEMS_SHOWN = 20;

interface Tally {
  rows: number;
  added: number;
  kept: number;
  expired: number;
  wrong: number;
  readonly problems: { readonly line: number; readonly problem: string }[];
}

async function importFile(context: CommandContext, input: CommandInput): Promise<void> {
  const file = input.arguments[0] ?? '';
  const admin = await adminContext(context);
  const defaults = await readDefaults(context, admin, input);
  const rows = readerOf(input, defaults);
  const tally: Tally = { rows: 0, added: 0, kept: 0, expired: 0, wrong: 0, problems: [] };
  const waiting: NewSuppression[] = [];
  const write = async () => {
    const together = waiting.splice(0);
    if (together.length === 0) return;
    const beside = context.services.runningRelay(context.config) !== undefined;
    const added = await importSuppressions(together, beside, admin, (one) => context.addressHashes(one));
    tally.added += added;
    tally.kept += together.length - added;
  };
  try {
    for await (const lines of readLines(context.services.readInput(file), rows.longestLine)) {
      for (const line of lines) {
        take(rows.push(line), waiting, tally);
        if (waiting.length >= ROWS_SORTED) await write();
      }
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  take(rows.end(), waiting, tally);
  await write();
  report(context, tally);
}

function readerOf({ options }: CommandInput, defaults: ImportDefaults): RowReader {
  const format = options.choice('format', ['csv', 'json', ...PROVIDERS]);
  if (format === undefined || format === 'csv' || format === 'json')
    return new SuppressionRows(defaults, format);
  return new ProviderRows(format, defaults, options.choice('reason', SUPPRESSION_REASONS));
}

/** Those that can be written, to `waiting`. One line may have hundreds of thousands. */
function take(rows: readonly Row[], waiting: NewSuppression[], tally: Tally): void {
  for (const row of rows) {
    tally.rows++;
    if ('suppression' in row) waiting.push(row.suppression);
    else if ('expired' in row) tally.expired++;
    else {
      tally.wrong++;
      if (tally.problems.length < PROBLEMS_SHOWN) tally.problems.push(row);
    }
  }
}

async function readDefaults(
  context: CommandContext,
  admin: With<'reader' | 'clock'>,
  { options }: CommandInput,
): Promise<ImportDefaults> {
  const input = {
    accountId: (await context.account()).id,
    accountIsFixed: (await context.namedAccount()) !== undefined,
    stream: options.text('stream'),
    expiresAtMs: options.pointInTimeMs('expires', context.nowMs),
    evidence: options.text('note') ?? '',
    reason: options.choice('reason', SUPPRESSION_REASONS) ?? 'import',
  };
  return unlessRefused(await importDefaults(input, admin));
}

function report(context: CommandContext, tally: Tally): void {
  const { rows, added, kept, expired, wrong, problems } = tally;
  if (context.global.json) context.printJson({ rows, added, kept, expired, wrong, problems });
  else {
    const others = [
      kept > 0 ? `already there: ${kept}` : undefined,
      expired > 0 ? `expired: ${expired}` : undefined,
    ].filter((words) => words !== undefined);
    context.print(
      `Imported ${counted(added, 'address', 'addresses')}${others.map((words) => `; ${words}`).join('')}.`,
    );
  }
  if (wrong === 0) return;
  const lines = problems.map(({ line, problem }) => `line ${line}: ${visible(problem)}`);
  if (wrong > problems.length) lines.push(`and ${wrong - problems.length} more`);
  throw new CliFailure('wrong-rows', `${counted(wrong, 'line')} could not be imported`, {
    hint: lines.join('\n'),
  });
}

function unreadable(file: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new CliFailure('not-found', `there is no file ${file}`);
  if (code === 'EACCES' || code === 'EISDIR')
    return new CliFailure(
      'unreadable',
      `${file} cannot be read: ${code === 'EISDIR' ? 'it is a folder' : 'not permitted'}`,
    );
  return error;
}
