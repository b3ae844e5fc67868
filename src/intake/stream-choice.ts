/**
 * The stream of a message: the one that it names (X-Relay-Stream, `stream`), else its credential's, else the one whose subdomain its
 * author's domain is, else the transactional one.
 */
import { isOfSubdomain } from '../policy/stream-fit.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential, Stream, StreamTerms } from '../store/directory-records.ts';

/** As much of a stream as acceptance goes by. */
export interface ChosenStream extends StreamTerms {
  readonly name: string;
  readonly kind: Stream['kind'];
}

/** Of mail for which nobody names one. */
const DEFAULT_STREAM = 'transactional';
/** Streams of every account, listed or not. */
const BUILT_IN: readonly ChosenStream[] = [
  { name: 'transactional', kind: 'transactional' },
  { name: 'broadcast', kind: 'broadcast' },
];

/** `undefined`: the account has none of the name that was asked for. `domain`: of the first author. */
export async function chooseStream(
  asked: string | undefined,
  domain: string,
  { accountId, stream }: Pick<Credential, 'accountId' | 'stream'>,
  directory: Pick<DirectoryReader, 'knownStreams' | 'streamByName'>,
): Promise<ChosenStream | undefined> {
  const streams = await directory.knownStreams(accountId);
  const name = asked ?? stream;
  if (asked === undefined && stream === DEFAULT_STREAM) {
    const ofDomain = streams.find(
      ({ subdomain }) => subdomain !== undefined && isOfSubdomain(domain, subdomain),
    );
    if (ofDomain !== undefined) return ofDomain;
  }
  const known = streams.find((one) => one.name === name) ?? BUILT_IN.find((one) => one.name === name);
  // One that was just added counts at once.
  return known ?? (await directory.streamByName(accountId, name));
}
