/** `relayctl domain show`: a domain's records and what the last look-up found. */
import { keySetOf } from '../../dkim/dkim-key.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { knownRecords } from '../../admin/domain-records.ts';
import { recordsToPublish } from '../../admin/records-to-publish.ts';
import { renderRecords } from '../views/domain-records-view.ts';
import { FORMAT_OPTION, recordFormat, renderFormat } from '../views/record-formats.ts';
import { rotationWords } from '../views/rotation-view.ts';
import { findDomain } from '../input/lookup.ts';
import { fullTime, span } from '../output/time-words.ts';
import { domainJson, isVerifiedElsewhere, type DomainContext } from '../../api-json/domain-json.ts';
import { graceOf, HOLD_MS, LOOKS_UNTIL_LOST } from '../../policy/domain-claim.ts';
import type { Domain } from '../../store/directory-records.ts';
import type { Paint } from '../output/paint.ts';

export const domainShow: CommandSpec = {
  path: 'domain show',
  summary: 'Show a domain, its DNS records and what the last look-up found',
  arguments: '<domain>',
  options: [FORMAT_OPTION],
  examples: [
    { type: 'domain show example.com', does: 'the records to publish' },
    { type: 'domain show example.com --format table', does: 'a line each' },
    { type: 'domain show example.com --format zone > example.com.inc', does: 'a part of a zone file' },
    {
      type: "domain show example.com --json | jq -r '.records[] | [.name, .value] | @tsv'",
      does: 'name and value of each, for a script',
    },
  ],
  run: showDomain,
};

async function showDomain(context: CommandContext, input: CommandInput): Promise<void> {
  const domain = await findDomain(context, input.arguments[0] ?? '');
  const { reader, config, nowMs } = context;
  const known = await knownRecords(domain, reader, config);
  const records = await recordsToPublish(domain, known, { reader, config });
  const format = recordFormat(context, input.options);
  if (format === 'json') {
    context.printJson(domainJson(domain, await contextOf(context, domain), records));
    return;
  }
  if (format !== 'text') {
    context.print(renderFormat(format, records, context.io.columns));
    return;
  }
  const rotation = rotationWords(domain.name, await reader.dkimKeys(domain.id), nowMs);
  const head = [headline(domain, context.paint), ...rotation].join('\n');
  context.print(`${head}\n\n${renderRecords(records, context.paint)}`);
}

/** The domain in a line, verified since when, or not; and in another what is to be known besides. */
export function headline(domain: Domain, paint: Paint): string {
  const line =
    domain.verifiedAtMs === undefined
      ? `${paint.bad(paint.sign.bad)} ${paint.bold(domain.name)} is not verified: mail from it is refused.`
      : `${paint.good(paint.sign.good)} ${paint.bold(domain.name)} is verified since ${fullTime(domain.verifiedAtMs)}.`;
  const more = remark(domain);
  return more === undefined ? line : `${line}\n${paint.warn(more)}`;
}

function remark(domain: Domain): string | undefined {
  if (isVerifiedElsewhere(domain))
    return `Its DKIM records are there, but another account was verified first. ${WHEN_IT_IS_FREE}`;
  if (domain.failingSinceMs === undefined) return undefined;
  const since = `Its DKIM records are known to fail since ${fullTime(domain.failingSinceMs)}: `;
  const grace = graceOf(domain);
  const taken = `after ${span(HOLD_MS)} another account that publishes its own may take the domain over.`;
  if (grace === undefined) return since + taken;
  return (
    `${since}${grace.failedLooks} of ${LOOKS_UNTIL_LOST} look-ups. ` +
    `Mail is accepted until ${fullTime(grace.lostAtMs)} at least; one good look-up ends it, and ${taken}`
  );
}

/** What to do where another account was verified first. */
export const WHEN_IT_IS_FREE =
  'The domain is free once that account removes it. Or take the DKIM records of the other account down, verify, and ' +
  `verify again after ${span(HOLD_MS)}.`;

/** The keys of a domain, and which of them sign. */
export async function keysOf(reader: CommandContext['reader'], { id }: Domain) {
  const keys = await reader.dkimKeys(id);
  return { keys, keySet: keySetOf(keys) };
}

/** What the document says beside the domain's own row. */
export async function contextOf({ reader }: CommandContext, domain: Domain): Promise<DomainContext> {
  return {
    accountName: (await reader.listAccounts()).find(({ id }) => id === domain.accountId)?.name ?? '',
    ...(await keysOf(reader, domain)),
  };
}
