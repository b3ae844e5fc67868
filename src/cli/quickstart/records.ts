/** The domain's DNS records: looked up, waited for if asked, and what is missing as one block for a zone file. */
import { verifyDomain, type Verification } from '../../admin/domain-check.ts';
import type { CheckedRecord } from '../../admin/domain-records.ts';
import { zoneText, type ZoneRecord } from '../../dkim/zone-text.ts';
import { delay } from '../../platform/clock.ts';
import type { Domain } from '../../store/directory-records.ts';
import { span } from '../output/time-words.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import { zoneOfRecords } from '../views/domain-records-view.ts';
import type { MachineView } from './machine.ts';

/** Zones change in minutes; an answer that there is nothing is kept by resolvers for a while anyway. */
const LOOK_EVERY_MS = 10_000;

export async function lookUpRecords(context: CommandContext, domain: Domain): Promise<Verification> {
  // Each time a resolver of its own: none of ours keeps the answer that there is nothing.
  const { services, config } = context;
  const resolver = services.createResolver(config);
  const openAuthority = () => services.openAuthority(config);
  return await verifyDomain(domain, { ...(await adminContext(context)), resolver, openAuthority });
}

/** Until the domain is verified, `waitMs` is over, or the user interrupts. */
export async function awaitRecords(
  context: CommandContext,
  first: Verification,
  waitMs: number,
): Promise<Verification> {
  const { clock } = context.services;
  let last = first;
  // What another account holds no record of ours changes.
  if (waitMs === 0 || last.outcome === 'verified' || last.outcome === 'elsewhere') return last;
  context.note(
    `Waiting for the DKIM records of ${first.domain.name}, up to ${span(waitMs)} (Ctrl-C ends the wait)`,
  );
  const { interrupted } = context.io;
  const endMs = clock.monotonic() + waitMs;
  for (let leftMs = waitMs; leftMs > 0 && !interrupted.aborted; leftMs = endMs - clock.monotonic()) {
    await delay(clock, Math.min(LOOK_EVERY_MS, leftMs));
    last = await lookUpRecords(context, last.domain);
    if (last.outcome === 'verified') break;
  }
  return last;
}

/** Of what is not there as it should be; empty: nothing is left to publish. */
export function zoneBlock(
  domain: string,
  records: readonly CheckedRecord[],
  { hostname, needsAddressRecord, publicAddresses }: MachineView & { readonly hostname: string },
): string {
  const addresses = needsAddressRecord ? addressRecords(domain, hostname.toLowerCase(), publicAddresses) : [];
  return zoneText(addresses) + zoneOfRecords(records);
}

const PTR = 'Its PTR record (at the provider of the address) must be the same name.';

/** As comments where the name is of another zone, or the address is not known here. */
function addressRecords(domain: string, host: string, addresses: readonly string[]): readonly ZoneRecord[] {
  if (addresses.length === 0)
    return [
      {
        name: host,
        type: 'A',
        value: 'PUBLIC-ADDRESS-OF-THIS-MACHINE',
        remarks: [`This machine. Its public address is not visible from here: insert it. ${PTR}`],
        isComment: true,
      },
    ];
  const isOurs = host.endsWith(`.${domain}`);
  return addresses.map((address) => ({
    name: host,
    type: address.includes(':') ? 'AAAA' : 'A',
    value: address,
    remarks: [`This machine${isOurs ? '' : ', in the zone of its own domain'}. ${PTR}`],
    isComment: !isOurs,
  }));
}
