/** `relayctl suppression import`: addresses from a file, however many, beside a relay that goes on. */
import { delay } from '../../platform/clock.ts';
import type { NewSuppression } from '../../store/records.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { readLines } from '../input/line-reader.ts';
import type { Row } from '../input/suppression-rows.ts';
import { SuppressionRows } from '../input/suppression-rows.ts';
import { visible } from '../../platform/visible-text.ts';
import { counted } from '../output/time-words.ts';
import { checkStream, STREAM_OPTION } from '../input/suppression-input.ts';

export const suppressionImport: CommandSpec = {
  path: 'suppression import',
  summary: 'Stop mailing the addresses in a file',
  arguments: '<file>',
  details:
    'The file (- for standard input) is CSV or one JSON object a line, as suppression export writes it: address, and if ' +
    'wanted reason, scope, created_at, expires_at, account, evidence, created_by. A bare list of addresses does too. ' +
    'An entry that is there already and lasts as long stays as it is. Lines that are wrong are named and left out; then ' +
    'the exit code is 1.',
  options: [
    {
      ...STREAM_OPTION,
      meaning: 'of this stream only, where a row names no scope (default: the whole account)',
    },
    { flags: '--format <format>', meaning: 'csv or json (default: as the file looks)' },
    { flags: '--note <text>', meaning: 'evidence of rows that have none' },
    {
      flags: '--expires <when>',
      meaning: 'for rows that name no end: after a span such as 365d, or at a time',
    },
  ],
  examples: [
    { type: 'suppression import bounced.csv', does: 'what another mailer exported' },
    {
      type: 'suppression import - --stream newsletter < left.txt',
      does: 'a list of addresses, for one stream',
    },
    { type: 'suppression import list.jsonl --account shop', does: 'for one account, whatever the rows say' },
  ],
  run: importSuppressions,
};

/**
 * Rows sorted together before they are written: neighbours share pages of the database, and what is written to the disk is
 * pages. Twice as many write half as much beside a million; each costs about a KiB of memory.
 */
const ROWS_SORTED = 100_000;
/** Rows written in one transaction, a matter of some milliseconds. */
const ROWS_A_STEP = 1_000;
/** For a running relay, between two transactions. */
const PAUSE_MS = 5;
const PROBLEMS_SHOWN = 20;

interface Tally {
  rows: number;
  added: number;
  kept: number;
  expired: number;
  wrong: number;
  readonly problems: { readonly line: number; readonly problem: string }[];
}

async function importSuppressions(context: CommandContext, input: CommandInput): Promise<void> {
  const file = input.arguments[0] ?? '';
  const rows = new SuppressionRows(
    await rowContext(context, input),
    input.options.choice('format', ['csv', 'json']),
  );
  const chunks = context.services.readInput(file);
  const tally: Tally = { rows: 0, added: 0, kept: 0, expired: 0, wrong: 0, problems: [] };
  const waiting: NewSuppression[] = [];
  const take = (found: readonly Row[]) => {
    for (const row of found) {
      tally.rows++;
      if ('suppression' in row) waiting.push(row.suppression);
      else if ('expired' in row) tally.expired++;
      else {
        tally.wrong++;
        if (tally.problems.length < PROBLEMS_SHOWN) tally.problems.push(row);
      }
    }
  };
  try {
    for await (const lines of readLines(chunks)) {
      for (const line of lines) take(rows.push(line));
      if (waiting.length >= ROWS_SORTED) await write(context, waiting.splice(0), tally);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
  take(rows.end());
  await write(context, waiting, tally);
  report(context, tally);
}

async function rowContext(context: CommandContext, { options }: CommandInput) {
  const { nowMs, reader, services } = context;
  const { id: accountId } = await context.account();
  const scope = options.text('stream') ?? '';
  if (scope !== '') await checkStream(context, accountId, scope);
  // Read once: a file may have a million rows.
  const accounts = await reader.listAccounts();
  const accountIds = new Map(accounts.map(({ id, name }) => [name, id]));
  const streams = new Map<string, ReadonlySet<string>>();
  for (const { id } of accounts)
    streams.set(id, new Set((await reader.listStreams(id)).map(({ name }) => name)));
  return {
    nowMs,
    createdBy: services.actor,
    accountId,
    accountIsFixed: (await context.namedAccount()) !== undefined,
    accountIdOf: (name: string) => accountIds.get(name),
    hasStream: (account: string, name: string) => streams.get(account)?.has(name) ?? false,
    scope,
    expiresAtMs: options.pointInTimeMs('expires', nowMs),
    evidence: options.text('note') ?? '',
  };
}

async function write(context: CommandContext, rows: NewSuppression[], tally: Tally): Promise<void> {
  if (rows.length === 0) return;
  const { suppressions } = await context.writer();
  const { services } = context;
  rows.sort(byKey);
  const hasCompany = services.runningRelay(context.config) !== undefined;
  for (let from = 0; from < rows.length; from += ROWS_A_STEP) {
    const step = rows.slice(from, from + ROWS_A_STEP);
    const added = await suppressions.importSuppressions(step, services.actor);
    tally.added += added;
    tally.kept += step.length - added;
    if (hasCompany) await delay(services.clock, PAUSE_MS);
  }
}

function byKey(a: NewSuppression, b: NewSuppression): number {
  if (a.accountId !== b.accountId) return a.accountId < b.accountId ? -1 : 1;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return 0;
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
