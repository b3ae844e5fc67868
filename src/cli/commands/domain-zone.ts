/** `relayctl domain zone`: the relay's own zone, with the DKIM keys of delegated domains. */
import { delegatedName } from '../../dkim/rotation-records.ts';
import { dkimRecordValue } from '../../dkim/keys.ts';
import { zoneText, type ZoneRecord } from '../../dkim/zone-text.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import type { Domain } from '../../store/directory-records.ts';

export const domainZone: CommandSpec = {
  path: 'domain zone',
  summary: 'Print the zone with the DKIM keys of delegated domains, for a name server',
  details:
    'The zone is dkim.zone. Domains added with --delegate have CNAMEs to names in it, so a rotation needs no change of theirs: ' +
    'load what this prints into the name server of the zone, once a rotation has begun (event domain_changed), or by a timer.\n\n' +
    'It has the records alone: SOA and NS belong to your server. $INCLUDE it in the zone, and raise the serial.',
  examples: [
    { type: 'domain zone > /etc/nsd/dkim.inc', does: 'the records, to be included in the zone' },
    { type: 'domain zone --json', does: 'one record a line' },
  ],
  run: printZone,
};

const PAGE = 500;

async function printZone(context: CommandContext): Promise<void> {
  const { zone } = context.config.dkim;
  if (zone === undefined)
    throw usage('there is no zone of this relay', 'set dkim.zone first: docs/dkim-rotation.md');
  let records = 0;
  for await (const domain of delegated(context)) {
    const keys = await context.reader.dkimKeys(domain.id);
    const there = keys.filter(({ removableAtMs }) => removableAtMs === undefined);
    for (const key of there) {
      const record: ZoneRecord = {
        name: delegatedName(key.selector, zone),
        type: 'TXT',
        value: dkimRecordValue(key),
      };
      records += 1;
      if (context.global.json)
        await context.printJsonLine({ ...record, domain: domain.name, state: key.state });
      else context.print(zoneText([record]).trimEnd());
    }
  }
  if (records === 0 && !context.global.json)
    context.note('No domain is delegated. Add one: relayctl domain add example.com --delegate');
}

async function* delegated({ reader }: CommandContext): AsyncGenerator<Domain> {
  let after: string | undefined;
  do {
    const page = await reader.delegatedDomains(after, PAGE);
    yield* page;
    after = page.length < PAGE ? undefined : page.at(-1)?.id;
  } while (after !== undefined);
}
