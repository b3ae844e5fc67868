/** `relayctl account show`: one tenant and what it owns. */
import { suspensionJson } from '../../api-json/suspension-json.ts';
import { limitUses } from '../../admin/account-usage.ts';
import { visible } from '../../platform/visible-text.ts';
import { storageJson, usageJson } from '../../api-json/account-terms-json.ts';
import { everyCredential } from '../../store/every-credential.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { fullTime } from '../output/time-words.ts';
import { accountJson } from '../json/account-json.ts';
import { storageWords, termWords, usedWords } from '../views/account-terms-view.ts';
import { suspensionWords } from '../views/limit-view.ts';

export const accountShow: CommandSpec = {
  path: 'account show',
  summary: 'Show an account and what it owns',
  arguments: '[name]',
  examples: [
    { type: 'account show shop', does: 'domains, credentials and streams of a tenant' },
    { type: 'account show --json', does: 'the default account, for a script' },
  ],
  run: showAccount,
};

async function showAccount(context: CommandContext, input: CommandInput): Promise<void> {
  const { reader, paint, nowMs } = context;
  const wanted = input.arguments[0];
  const account = wanted === undefined ? await context.account() : await reader.accountByName(wanted);
  if (account === undefined) throw await context.noAccount(wanted ?? '');
  const domains = (await reader.listDomains(account.id)).map((domain) => domain.name);
  const streams = (await reader.listStreams(account.id)).map((stream) => stream.name);
  const credentials: string[] = [];
  for await (const { name, revokedAtMs, expiresAtMs } of everyCredential(reader, account.id))
    if (revokedAtMs === undefined && (expiresAtMs ?? Infinity) > nowMs) credentials.push(name);
  const suspension = (await reader.suspensions()).find(
    ({ kind, subject }) => kind === 'account' && subject === account.id,
  );
  const stored = await reader.storageOf(account.id);
  // Rates are in relayd's memory: GET /v1/account.
  const uses = await limitUses(account, reader, nowMs, () => undefined);
  if (context.global.json) {
    const stands = { suspended: suspension !== undefined, ...suspensionJson(suspension) };
    context.printJson({
      ...accountJson(account),
      usage: usageJson(uses),
      ...storageJson(stored),
      domains,
      streams,
      credentials,
      ...stands,
    });
    return;
  }
  const row = (label: string, text: string) => `  ${paint.name(label.padEnd(13))}${visible(text)}\n`;
  const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));
  context.print(
    `${paint.bold(visible(account.name))}\n` +
      row('id', account.id) +
      row('added', fullTime(account.createdAtMs)) +
      row('domains', list(domains)) +
      row('credentials', list(credentials)) +
      row('streams', list(streams)) +
      row('terms', termWords(account)) +
      uses
        .flatMap((use) => usedWords(use, nowMs) ?? [])
        .map((words, at) => row(at === 0 ? 'used' : '', words))
        .join('') +
      (stored === undefined ? '' : row('storage', storageWords(account, stored))) +
      (suspension === undefined ? '' : row('suspended', suspensionWords(suspension, nowMs))),
  );
}
