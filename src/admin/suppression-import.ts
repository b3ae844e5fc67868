/**
 * Imports suppressions from a file while the relay runs: validation and defaults of a row, and writing in bounded steps. File
 * formats are parsed in suppression-files/.
 */
import { actorName } from '../policy/actor.ts';
import { ACCOUNT_SCOPE } from '../api-json/suppression-json.ts';
import { delay } from '../platform/clock.ts';
import { parseDateOrTime } from '../platform/rfc3339.ts';
import { readSuppressionKey } from '../smtp/address-keys.ts';
import { SUPPRESSION_REASONS, type NewSuppression } from '../store/suppression-records.ts';
import type { With } from './admin-context.ts';
import { allAsKept, type HashesOf } from './erasure/erased-addresses.ts';
import { pastExpiry } from './expiry.ts';
import { isRefusal, type AdminRefusal } from './refusal.ts';
import { MAX_EVIDENCE_CHARS, suppressionScope } from './suppressions.ts';
import { refuseOperatorAccount } from './tenant.ts';

/** What a row may say; as text, as it stands there. */
export const IMPORT_COLUMNS = [
  'address',
  'reason',
  'scope',
  'created_at',
  'expires_at',
  'account',
  'evidence',
  'created_by',
] as const;
export type ImportColumn = (typeof IMPORT_COLUMNS)[number];
export type ImportRow = Readonly<Partial<Record<ImportColumn, string>>>;

export type ImportedRow =
  | { readonly suppression: NewSuppression }
  | { readonly problem: string }
  /** Its time is over already. */
  | { readonly expired: true };

/** What rows leave out, and what they may name. */
export interface ImportDefaults {
  readonly nowMs: number;
  readonly createdBy: string;
  /** Of rows that name none; and of all, when it was chosen for all. */
  readonly accountId: string;
  readonly accountIsFixed: boolean;
  readonly accountIdOf: (name: string) => string | undefined;
  readonly hasStream: (accountId: string, name: string) => boolean;
  /** For rows without a scope of their own. */
  readonly scope: string;
  /** For rows without a known one. */
  readonly reason: NewSuppression['reason'];
  readonly expiresAtMs: number | undefined;
  readonly evidence: string;
}

export interface ImportInput extends Pick<
  ImportDefaults,
  'accountId' | 'accountIsFixed' | 'reason' | 'expiresAtMs' | 'evidence'
> {
  readonly stream: string | undefined;
}

/** Rows written in one transaction, a matter of some milliseconds. */
const ROWS_A_STEP = 1_000;
/** For a running relay, between two transactions. */
const PAUSE_MS = 5;

/** Accounts and streams are read once: a file may have a million rows. */
export async function importDefaults(
  { stream, ...input }: ImportInput,
  { reader, clock, actor }: With<'reader' | 'clock'>,
): Promise<ImportDefaults | AdminRefusal> {
  const nowMs = clock.now();
  const refusal =
    refuseOperatorAccount(input.accountId, 'suppressions by hand') ?? pastExpiry(input.expiresAtMs, nowMs);
  if (refusal !== undefined) return refusal;
  const found = await suppressionScope(input.accountId, stream, reader);
  if (isRefusal(found)) return found;
  const accounts = await reader.listAccounts();
  const accountIds = new Map(accounts.map(({ id, name }) => [name, id]));
  const streams = new Map<string, ReadonlySet<string>>();
  for (const { id } of accounts)
    streams.set(id, new Set((await reader.listStreams(id)).map(({ name }) => name)));
  return {
    ...input,
    scope: found.scope,
    nowMs,
    createdBy: actorName(actor),
    accountIdOf: (name) => accountIds.get(name),
    hasStream: (account, name) => streams.get(account)?.has(name) ?? false,
  };
}

export function importedRow(row: ImportRow, defaults: ImportDefaults): ImportedRow {
  const { address: typed } = row;
  if (typed === undefined) return { problem: 'it has no address' };
  const address = readSuppressionKey(typed);
  if (typeof address !== 'string') return { problem: `${typed.slice(0, 100)}: ${address.problem}` };
  if (typed.includes('\ufffd')) return { problem: `${typed}: it is not written in UTF-8` };
  const accountId =
    defaults.accountIsFixed || row.account === undefined
      ? defaults.accountId
      : defaults.accountIdOf(row.account);
  if (accountId === undefined) return { problem: `there is no account ${row.account ?? ''}` };
  const scope = row.scope === undefined ? defaults.scope : row.scope === ACCOUNT_SCOPE ? '' : row.scope;
  if (scope !== '' && !defaults.hasStream(accountId, scope))
    return { problem: `there is no stream ${scope}` };
  const createdAtMs = timeOf(row.created_at) ?? defaults.nowMs;
  const expiresAtMs = timeOf(row.expires_at) ?? defaults.expiresAtMs;
  if (Number.isNaN(createdAtMs)) return { problem: `created_at ${row.created_at ?? ''} is no time` };
  if (Number.isNaN(expiresAtMs)) return { problem: `expires_at ${row.expires_at ?? ''} is no time` };
  if (expiresAtMs !== undefined && expiresAtMs <= defaults.nowMs) return { expired: true };
  const why = { ...reasonOf(row, defaults), createdBy: row.created_by ?? defaults.createdBy };
  return { suppression: { accountId, scope, address, ...why, createdAtMs, expiresAtMs } };
}

/** What another mailer calls the reason is worth keeping. */
function reasonOf(row: ImportRow, defaults: ImportDefaults): Pick<NewSuppression, 'reason' | 'evidence'> {
  const reason = SUPPRESSION_REASONS.find((known) => known === row.reason);
  const foreign = reason === undefined ? row.reason : undefined;
  const said = [foreign, row.evidence].filter((part) => part !== undefined).join(': ');
  const evidence = (said === '' ? defaults.evidence : said).slice(0, MAX_EVIDENCE_CHARS);
  return { reason: reason ?? defaults.reason, evidence };
}

/** RFC 3339, a date alone, or seconds since the epoch; NaN when it is none of them. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  return parseDateOrTime(text) ?? Number.NaN;
}

/**
 * Writes them, sorted, since neighbours share pages of the database. Resolves to the number that was not there before, or
 * did not last as long. Those of erased addresses are kept as hashes. `beside`: a relay runs on the same file.
 */
export async function importSuppressions(
  wanted: readonly NewSuppression[],
  beside: boolean,
  { reader, suppressions, clock, actor }: With<'reader' | 'suppressions' | 'clock'>,
  hashes: HashesOf,
): Promise<number> {
  const rows = (await allAsKept(wanted, reader, hashes)).toSorted(byKey);
  let added = 0;
  for (let from = 0; from < rows.length; from += ROWS_A_STEP) {
    const some = rows.slice(from, from + ROWS_A_STEP);
    added += await suppressions.importSuppressions(some, clock.now(), actor, from === 0 ? rows.length : 0);
    if (beside) await delay(clock, PAUSE_MS);
  }
  return added;
}

function byKey(a: NewSuppression, b: NewSuppression): number {
  if (a.accountId !== b.accountId) return a.accountId < b.accountId ? -1 : 1;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return 0;
}
