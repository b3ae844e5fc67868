/**
 * Queries the blocklists for the sending addresses, for the check `blocklists`, and the first of them for its test entry,
 * for the check `resolver`. A list is queried for an address only while its answers are credible.
 */
import { isIPv6 } from 'node:net';
import type { DnsAnswer, Resolver } from '../dns/resolver.ts';
import { reverseName } from '../dns/reverse-name.ts';
import { distrust, readZoneAnswer, type Blocklist, type ZoneAnswer } from '../policy/blocklist-zones.ts';
import type { SendingAddresses } from '../policy/checks/addresses.ts';
import type { BlocklistsFacts, ListAnswer } from '../policy/checks/blocklists.ts';
import type { ResolverFacts } from '../policy/checks/resolver.ts';

type AskA = Pick<Resolver, 'a'>;

const TEST_ENTRY = '127.0.0.2';
const NEVER_LISTED = '127.0.0.1';
const REVERSE_SUFFIX = /\.(?:in-addr|ip6)\.arpa$/;

export async function lookAtBlocklists(
  lists: readonly Blocklist[],
  sending: SendingAddresses,
  addresses: readonly string[],
  resolver: AskA,
): Promise<BlocklistsFacts> {
  const answers = await Promise.all(lists.map((list) => askList(list, addresses, resolver)));
  return { sending, off: lists.length === 0, answers: answers.flat() };
}

/** The list that refuses the queries of this resolver, if the first one does. */
export async function refusalOf(
  lists: readonly Blocklist[],
  resolver: AskA,
): Promise<ResolverFacts['refusedBy']> {
  const [list] = lists;
  if (list === undefined) return undefined;
  const verdict = readZoneAnswer(await ask(list, TEST_ENTRY, resolver), list);
  return verdict.kind === 'refused' ? { name: list.name, reason: verdict.reason } : undefined;
}

async function askList(
  list: Blocklist,
  addresses: readonly string[],
  resolver: AskA,
): Promise<readonly ListAnswer[]> {
  const wanted = addresses.filter((address) => list.ipv6 || !isIPv6(address));
  if (wanted.length === 0) return [];
  const { name, removal } = list;
  const [test, never] = await Promise.all([
    ask(list, TEST_ENTRY, resolver),
    ask(list, NEVER_LISTED, resolver),
  ]);
  const doubt = distrust(test, never);
  return await Promise.all(
    wanted.map(async (address): Promise<ListAnswer> => {
      const verdict = doubt ?? readZoneAnswer(await ask(list, address, resolver), list);
      const outcome =
        verdict.kind === 'refused' ? { kind: 'failed' as const, reason: verdict.reason } : verdict;
      return { list: name, address, removal, outcome };
    }),
  );
}

/** The zone may hold a key, which a reason would show. */
async function ask({ zone }: Blocklist, address: string, resolver: AskA): Promise<ZoneAnswer> {
  const reversed = (reverseName(address) ?? address).replace(REVERSE_SUFFIX, '');
  const answer: DnsAnswer<string> = await resolver.a(`${reversed}.${zone}`);
  return answer.kind === 'failed' ? { kind: 'failed', reason: 'it does not answer' } : answer;
}
