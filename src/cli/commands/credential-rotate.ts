/** `relayctl credential rotate`: a new secret for the same credential; everything else stays. */
import { endOldSecret, rotateCredential } from '../../admin/credentials/rotate.ts';
import { isRefusal, type AdminRefusal } from '../../admin/refusal.ts';
import { adminContext, adminContextWithBox } from '../program/admin-context.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { failureOf, unlessRefused } from '../program/refusal.ts';
import { renderAccess } from '../views/credential-view.ts';
import { readCertificate } from '../input/certificate-input.ts';
import { findCredential } from '../input/lookup.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { rotatedCredentialJson } from '../../api-json/credential-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { fullTime, relative } from '../output/time-words.ts';

export const credentialRotate: CommandSpec = {
  path: 'credential rotate',
  summary: 'Make a new password or key for a credential, or give it another certificate',
  arguments: '<id-or-name>',
  details:
    'User name and limits stay. The old secret stops within a second, sessions included; with --keep-old both are valid ' +
    'for that time, so that applications can be changed one after the other without an interruption.\n\n' +
    'One that logs in by a client certificate is given another with --certificate.\n\n' +
    'relayctl credential show says when the old secret was last used, and until when it is valid. --end-old ends it before.',
  options: [
    {
      flags: '--keep-old <span>',
      meaning: 'how long the old secret stays valid, such as 24h (default: not)',
    },
    {
      flags: '--certificate <file-or-fingerprint>',
      meaning: 'the new client certificate, for one that logs in by one',
    },
    { flags: '--end-old', meaning: 'makes no new secret, but ends the old one now' },
  ],
  examples: [
    { type: 'credential rotate wordpress', does: 'a new password, shown once' },
    { type: 'credential rotate wordpress --keep-old 24h', does: 'the old one works for another day' },
    {
      type: 'credential rotate web1 --certificate new.crt --keep-old 24h',
      does: 'another certificate; the old one works for another day',
    },
    { type: 'credential rotate wordpress --end-old', does: 'every application has the new one' },
  ],
  run: rotate,
};

async function rotate(context: CommandContext, input: CommandInput): Promise<void> {
  const { options } = input;
  const credential = await findCredential(context, input.arguments[0] ?? '');
  const keepOldMs = options.durationMs('keep-old');
  const file = options.text('certificate');
  const revoked = `add a new one: relayctl credential add --name ${shellWord(credential.name)}`;
  if (options.flag('end-old')) {
    if (keepOldMs !== undefined) throw usage('--end-old and --keep-old cannot both be meant');
    if (file !== undefined) throw usage('--end-old and --certificate cannot both be meant');
    const ended = unlessRefused(await endOldSecret(credential, await adminContext(context)), { revoked });
    if (context.global.json)
      context.printJson({ id: credential.id, old_secret_ended_at: timestamp(ended.endedAtMs) });
    else context.print(`The old secret of ${credential.name} (${credential.id}) is valid no more.`);
    return;
  }
  const certificate = file === undefined ? undefined : await readCertificate(context, file);
  const outcome = await rotateCredential(
    credential,
    await adminContextWithBox(context),
    keepOldMs,
    certificate,
  );
  if (isRefusal(outcome)) throw failureOf(outcome, { revoked, ...conflictHint(outcome, credential.id) });
  const { credential: rotated, secret, oldUntilMs } = outcome;
  if (context.global.json) {
    context.printJson(rotatedCredentialJson(rotated, secret, oldUntilMs));
    return;
  }
  const done = certificate === undefined ? 'Made a new secret for' : 'Replaced the certificate of';
  context.print(await renderAccess(context, rotated, secret, done));
  if (oldUntilMs !== undefined)
    context.print(
      `The old ${certificate === undefined ? 'secret' : 'certificate'} is valid until ${fullTime(oldUntilMs)} (${relative(oldUntilMs, context.nowMs)}).`,
    );
}

/** Of an old secret that is still valid: what ends it. */
function conflictHint({ field, existing }: AdminRefusal, id: string) {
  if (field !== 'certificate')
    return { conflict: `end it first: relayctl credential rotate ${id} --end-old` };
  return existing === undefined ? {} : { conflict: `see it: relayctl credential show ${existing}` };
}
