/** `relayctl domain rotate-dkim`: new keys beside the old, which sign when DNS has them. */
import { cancelRotation, rotateDkim } from '../../admin/dkim-rotation.ts';
import { knownRecords } from '../../admin/domain-records.ts';
import { recordsToPublish } from '../../admin/records-to-publish.ts';
import { adminContext, adminContextWithBox } from '../program/admin-context.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { renderRecords } from '../views/domain-records-view.ts';
import { FORMAT_OPTION, recordFormat, renderFormat } from '../views/record-formats.ts';
import { rotationWords } from '../views/rotation-view.ts';
import { findDomain } from '../input/lookup.ts';
import { domainJson } from '../../api-json/domain-json.ts';
import type { Domain } from '../../store/directory-records.ts';
import { contextOf } from './domain-show.ts';

export const domainRotateDkim: CommandSpec = {
  path: 'domain rotate-dkim',
  summary: 'Make new DKIM keys, which sign when their records are in DNS',
  arguments: '<domain>',
  details:
    'The new keys have selectors of their own and wait until relayd, or `relayctl domain verify`, has seen their records for ten ' +
    'minutes; then all nodes sign with them, and the old ones sign no more. The records of the old ones stay until all mail that ' +
    'they signed has arrived; then `relayctl domain show` and an event say that they may go. Typed again while new keys wait, it ' +
    'prints their records again.\n\n' +
    'Keys are rotated by themselves where dkim.rotate_every is set, or the domain says so (relayctl domain change).',
  options: [
    FORMAT_OPTION,
    { flags: '--cancel', meaning: 'take back new keys that wait; the present ones go on signing' },
  ],
  examples: [
    { type: 'domain rotate-dkim example.com', does: 'the records to publish' },
    {
      type: 'domain rotate-dkim example.com --format zone >> example.com.inc',
      does: 'the new ones alone, as a zone file has them',
    },
    { type: 'domain rotate-dkim example.com --json', does: 'the same for a script that publishes them' },
    { type: 'domain rotate-dkim example.com --cancel', does: 'leave it at the present keys' },
  ],
  run: rotate,
};

async function rotate(context: CommandContext, input: CommandInput): Promise<void> {
  const format = recordFormat(context, input.options);
  const takesBack = input.options.flag('cancel');
  if (takesBack && input.options.text('format') !== undefined)
    throw usage('--cancel prints no records, so --format does not go with it', 'leave --format out');
  const domain = await findDomain(context, input.arguments[0] ?? '');
  if (takesBack) {
    await cancel(context, domain);
    return;
  }
  const { reader, config, paint } = context;
  const outcome = unlessRefused(await rotateDkim(domain, await adminContextWithBox(context)), {
    conflict: `its records: relayctl domain show ${domain.name}`,
  });
  const known = await knownRecords(domain, reader, config);
  const records = await recordsToPublish(domain, known, { reader, config });
  if (format === 'json') {
    context.printJson(domainJson(domain, await contextOf(context, domain), records));
    return;
  }
  const next = records.filter(({ purpose }) => purpose.endsWith('-next'));
  const made = outcome.before ? 'New DKIM keys wait already for' : 'Made new DKIM keys for';
  const said = `${paint.good(paint.sign.good)} ${made} ${paint.bold(domain.name)}.`;
  if (format !== 'text') {
    context.note(said);
    context.print(renderFormat(format, next, context.io.columns));
    return;
  }
  const isDelegated = domain.delegated === true && config.dkim.zone !== undefined;
  const todo = isDelegated
    ? 'Its names are delegated: load the zone again (relayctl domain zone). CNAMEs of these names have to be there:'
    : 'Publish these DNS records beside those that are there; each value is one line:';
  context.print(`${said}\n${todo}\n\n${renderRecords(next, paint)}`);
  const keys = await reader.dkimKeys(domain.id);
  context.print(rotationWords(domain.name, keys, context.nowMs).join('\n'));
}

async function cancel(context: CommandContext, domain: Domain): Promise<void> {
  const dropped = await cancelRotation(domain, await adminContext(context));
  if (dropped === 0)
    throw new CliFailure('not-found', `no new DKIM keys of ${domain.name} wait`, {
      hint: `see its keys: relayctl domain show ${domain.name}`,
    });
  if (context.global.json) context.printJson({ domain: domain.name, dropped });
  else context.print(`Took ${dropped} new keys of ${domain.name} back. The present ones go on signing.`);
}

/** `undefined` is as configured; 0 is never. */
export function readRotateEvery(
  text: string,
  parse: (text: string) => number | undefined,
): number | undefined {
  if (text === 'default') return undefined;
  if (text === 'off' || text === 'none') return 0;
  const everyMs = parse(text);
  if (everyMs === undefined || everyMs < LEAST_EVERY_MS)
    throw usage(
      `--rotate-every ${text} is not a duration of a day or more`,
      'such as 180d; or off, or default',
    );
  return everyMs;
}

/** Each rotation takes an owner's work, and a week until old records may go. */
const LEAST_EVERY_MS = 24 * 3_600_000;
