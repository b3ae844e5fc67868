/** `relayctl erase`: one person's data, everywhere. */
import { eraseRecipient, type ErasedRecipient } from '../../admin/erasure/recipient-erasure.ts';
import { isRefusal } from '../../admin/refusal.ts';
import { erasureJson, NOT_REACHED } from '../../api-json/erasure-json.ts';
import { visible } from '../../platform/visible-text.ts';
import { readSuppressionKey } from '../../smtp/address-keys.ts';
import type { Account } from '../../store/directory-records.ts';
import { ERASED_KINDS, type ErasedCounts, type ErasedKind } from '../../store/erasure.ts';
import { counted } from '../output/time-words.ts';
import { adminContext, adminContextWithBox } from '../program/admin-context.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { failureOf } from '../program/refusal.ts';
import { sayWhatStands, standingJson, whatStands } from './erase-dry-run.ts';
import { renderTraces, tracesJson } from '../views/address-traces-view.ts';

export const erase: CommandSpec = {
  path: 'erase',
  summary: 'Erase what is stored of one person, by the address',
  arguments: '<address>',
  details:
    'Of every account, or of --account. Addresses become a pseudonym, so that counts and traces still make sense; content and ' +
    'subject of mail to and from the address go, and of other mail that mentions it; deliveries to others stay. Its suppressions ' +
    'stay as hashes, so that it is still not mailed: suppression check and remove find them by the address. The audit log keeps ' +
    'its chain and loses the clear text. It cannot be undone.\n\n' +
    'While mail to or from the address has no final state, nothing is erased without --cancel. What is interrupted, and mail ' +
    'under way to others that mentions the address, relayd goes on with. Configuration that has the address is left and named.',
  options: [
    { flags: '--cancel', meaning: 'cancel mail to and from it that waits; senders get no failure report' },
    {
      flags: '--verify',
      meaning: 'then read every file of the data folder, or every table, for the address',
    },
    { flags: '--dry-run', meaning: 'say what stands against it and what is left; change nothing' },
  ],
  examples: [
    { type: 'erase alice@example.org', does: 'asks, and erases' },
    { type: 'erase alice@example.org --account shop --cancel --yes', does: 'from a script, of one account' },
    { type: 'erase alice@example.org --dry-run --verify', does: 'where the address is, without erasing' },
  ],
  run: eraseAddress,
};

const WORDS: Readonly<Record<ErasedKind, readonly [one: string, many?: string]>> = {
  deliveries: ['delivery', 'deliveries'],
  messages: ['message'],
  contents: ['content'],
  attempts: ['reply', 'replies'],
  events: ['event'],
  webhook_deliveries: ['answer of a receiver', 'answers of receivers'],
  reports: ['report'],
  refused: ['refused message'],
  suppressions: ['suppression'],
  audit_texts: ['text of the audit log', 'texts of the audit log'],
  others: ['other row'],
};

async function eraseAddress(context: CommandContext, input: CommandInput): Promise<void> {
  const { options } = input;
  const typed = (input.arguments[0] ?? '').trim();
  const address = readSuppressionKey(typed);
  if (typeof address !== 'string') throw usage(`the address ${typed} is not an address: ${address.problem}`);
  const accounts = await context.accounts();
  const results: ErasedRecipient[] = [];
  const standing = options.flag('dry-run') ? await whatStands(context, accounts, address) : undefined;
  if (standing === undefined) {
    const where =
      accounts.length === 1 ? `account ${visible(accounts[0]?.name ?? '')}` : `${accounts.length} accounts`;
    await context.confirm(`Erase what ${where} has of ${visible(address)}, which cannot be undone`);
    results.push(...(await eraseIn(context, accounts, address, options.flag('cancel'))));
    if (context.global.account === undefined) await eraseOperatorsTexts(context, [address, typed]);
  }
  const traces = options.flag('verify')
    ? await context.services.database.traces(context.config, { key: address, typed })
    : undefined;
  if (context.global.json) {
    context.printJson({
      address,
      ...(standing === undefined
        ? { accounts: results.map(erasureJson), not_reached: NOT_REACHED }
        : { dry_run: true, accounts: standing.map(standingJson) }),
      ...(traces && { traces: tracesJson(traces) }),
    });
  } else {
    if (standing !== undefined) sayWhatStands(context, standing);
    for (const result of results) context.print(resultWords(result));
    if (results.length > 0) context.print(`Not reached:\n${NOT_REACHED.map((one) => `  ${one}`).join('\n')}`);
    if (traces !== undefined) context.print(renderTraces(context, traces));
  }
  const isClean = traces === undefined || traces.every(({ isConfiguration }) => isConfiguration);
  if (!isClean || results.some(({ leavesRests }) => leavesRests)) context.exitCode = 1;
}

async function eraseIn(
  context: CommandContext,
  accounts: readonly Account[],
  address: string,
  cancelsMail: boolean,
): Promise<readonly ErasedRecipient[]> {
  const admin = await adminContextWithBox(context);
  const beside = context.services.runningRelay(context.config) !== undefined;
  const results: ErasedRecipient[] = [];
  const refusals: string[] = [];
  for (const account of accounts) {
    const wish = { cancelsMail, beside, withinMs: undefined };
    const result = await eraseRecipient(account, address, wish, admin);
    if (!isRefusal(result)) results.push(result);
    else if (accounts.length === 1)
      throw failureOf(result, { conflict: 'wait until they are settled, or cancel them with --cancel' });
    else refusals.push(`${account.name}: ${String(result.problem)}`);
  }
  if (refusals.length === 0) return results;
  for (const result of results) context.note(resultWords(result));
  throw new CliFailure('conflict', `not erased in ${counted(refusals.length, 'account')}`, {
    hint: `${refusals.join('\n')}\nwait until they are settled, or cancel them with --cancel`,
  });
}

/** Lines of the audit log that are of no account are the operator's alone. */
async function eraseOperatorsTexts(context: CommandContext, texts: readonly string[]): Promise<void> {
  const { audit, erasure, clock, actor } = await adminContext(context);
  await audit.eraseAuditText([...new Set(texts)], clock.now(), actor);
  // Of none that runs: it leaves no rests of what has just gone.
  await erasure.eraseSome('', clock.now(), actor);
}

function resultWords({
  account,
  finished,
  waitsFor,
  counts,
  left,
  leavesRests,
  pseudonym,
}: ErasedRecipient): string {
  const name = visible(account);
  const what = countWords(counts);
  const lines = [what === '' ? `${name}: nothing` : `${name}: ${what}; now ${pseudonym}`];
  if (!finished)
    lines.push(
      waitsFor > 0
        ? `  ${counted(waitsFor, 'message')} under way to others mention it: relayd erases them when they are settled`
        : '  relayd goes on with the rest',
    );
  if (leavesRests)
    lines.push('  the log of the database may have some of it for a while: repeat the command in a moment');
  for (const { what: kind, name: of, remedy } of left)
    lines.push(`  left: ${kind} ${visible(of)}; ${visible(remedy)}`);
  return lines.join('\n');
}

function countWords(counts: ErasedCounts): string {
  return ERASED_KINDS.filter((kind) => counts[kind] > 0)
    .map((kind) => counted(counts[kind], ...WORDS[kind]))
    .join(', ');
}
