/** `relayctl audit verify`: whether a line of the audit log was changed, removed or put in. */
import { verifyAudit, type AuditVerdict } from '../../admin/audit.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import type { SecretBox } from '../../platform/secret-box.ts';
import { SecretBoxError } from '../../platform/secret-box.ts';
import { visible } from '../../platform/visible-text.ts';
import { counted, fullTime } from '../output/time-words.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';

export const auditVerify: CommandSpec = {
  path: 'audit verify',
  summary: 'Check that no line of the audit log was changed, removed or put in',
  details:
    "Computes every line's hash anew, and compares the seals that relayd writes at its start and once a day with the master key. " +
    'Exits with 1 when something is wrong, and says at which line it begins.\n\n' +
    'Who has the database can also cut off the end of the log. A hash that was kept elsewhere shows it: the head in the log of ' +
    'relayd ("audit head") or in the daily summary, or one that this command printed.',
  options: [
    { flags: '--head <hash>', meaning: 'a hash that was kept elsewhere: one of the lines must have it' },
    {
      flags: '--without-key <id>',
      meaning: 'a master key that was taken away: seals under it are counted, not checked',
      repeats: true,
    },
  ],
  examples: [
    { type: 'audit verify', does: 'the whole log' },
    { type: 'audit verify --head 3f1c...', does: 'and that it goes on from a hash that was kept elsewhere' },
    { type: 'audit verify --json | jq -r .head.hash', does: 'the hash to keep elsewhere' },
  ],
  run: verify,
};

async function verify(context: CommandContext, { options }: CommandInput): Promise<void> {
  const head = options.text('head')?.toLowerCase();
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    throw usage(
      `--head ${head} is not a hash`,
      'it is 64 characters of 0-9 and a-f, as this command prints it',
    );
  // It says first when there is no store.
  const { reader } = context;
  const { box, why } = await boxOf(context);
  const goneKeys = options.list('without-key');
  const firstKey = await reader.firstDataKey();
  const verdict = await verifyAudit(reader, {
    head,
    box,
    firstKey,
    goneKeys,
    interrupted: context.io.interrupted,
  });
  context.exitCode = verdict.broken === undefined ? 0 : 1;
  if (context.global.json) context.printJson(verdictJson(verdict, box !== undefined));
  else render(context, verdict, why);
}

/** Without the master key the chain can be checked, its seals cannot. */
async function boxOf({
  services,
  config,
}: CommandContext): Promise<{ readonly box?: SecretBox; readonly why?: string }> {
  try {
    return { box: await services.openSecretBox(config) };
  } catch (error) {
    if (error instanceof SecretBoxError) return { why: error.message };
    throw error;
  }
}

function verdictJson({ head, outside, broken, sealed, unchecked }: AuditVerdict, checked: boolean): object {
  return {
    ok: broken === undefined,
    head,
    broken: broken ?? null,
    outside_the_chain: { before: outside.before, after: outside.after },
    seals_checked: checked,
    seals_of_gone_keys: Object.fromEntries(unchecked),
    sealed: sealed === undefined ? null : { sequence: sealed.sequence, at: timestamp(sealed.atMs) },
  };
}

function render(
  context: CommandContext,
  { head, outside, broken, sealed, unchecked }: AuditVerdict,
  why: string | undefined,
): void {
  const { paint } = context;
  if (broken === undefined)
    context.print(`${paint.good(paint.sign.good)} The audit log is whole: ${counted(head.sequence, 'line')}`);
  else {
    context.print(
      `${paint.bad(paint.sign.bad)} The audit log was changed at line ${broken.sequence}: ${visible(broken.problem)}`,
    );
    context.print(`  up to line ${head.sequence} it is whole`);
  }
  context.print(`  head    ${head.hash}`);
  if (why !== undefined) context.print(`  sealed  unknown: ${visible(why)}`);
  else if (sealed === undefined)
    context.print('  sealed  no line: relayd seals the log at its start and once a day');
  else
    context.print(
      `  sealed  up to line ${sealed.sequence}, at ${fullTime(sealed.atMs)}; later lines: ${head.sequence - sealed.sequence}`,
    );
  for (const [key, seals] of unchecked)
    context.print(
      `  ${counted(seals, 'seal')} under the master key ${visible(key)}, which is gone: not checked`,
    );
  if (outside.before > 0)
    context.print(`  ${counted(outside.before, 'line')} from before the chain: not covered`);
  if (outside.after > 0)
    context.print(
      `  ${counted(outside.after, 'line')} written without the chain, by an earlier release or by somebody else: not covered`,
    );
}
