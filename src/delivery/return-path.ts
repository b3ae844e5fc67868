/**
 * The reverse-path of a message at delivery: the token on its return-path host (dsn/return-path-token.ts) if reports are
 * accepted and the domain's return-path records were seen, else the client's. The null reverse-path stays null: such mail
 * must never be answered (RFC 5321 §4.5.5).
 */
import { RETURN_PATH_PURPOSES } from '../dkim/domain-records.ts';
import { makeReturnPath } from '../dsn/return-path-token.ts';
import type { MakeHash } from '../platform/keyed-hash.ts';
import { returnPathHost } from '../smtp/return-path-host.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { MessageFacts } from '../store/message-records.ts';

/** The reverse-path to say in MAIL of a transaction with that destination; empty for the null one. */
export type ReversePathFor = (facts: MessageFacts, destination: string) => Promise<string>;

export const clientsReversePath: ReversePathFor = (facts) => Promise.resolve(facts.reversePath);

/** Only where something listens for reports: elsewhere they would be lost. */
export function createReturnPaths(
  directory: Pick<DirectoryReader, 'findDomain'>,
  hash: MakeHash,
): ReversePathFor {
  return async (facts, destination) => {
    const { reversePath, signingDomain, id, accountId } = facts;
    if (reversePath === '') return '';
    const status = (await directory.findDomain(accountId, signingDomain))?.recordStatus;
    if (status === undefined || !RETURN_PATH_PURPOSES.every((purpose) => status[purpose] === 'ok'))
      return reversePath;
    return makeReturnPath(id, destination, returnPathHost(signingDomain), hash);
  };
}
