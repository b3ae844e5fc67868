/**
 * Signs messages with the DKIM keys that their account has for their signing domain, never with another account's. Keys are
 * opened once and cached for a second, so that a rotation counts within that time. RFC 6376, RFC 8463.
 *
 * Promises: a message of a domain that the directory knows never leaves unsigned; without an active key, or with one that
 * cannot be opened or used, signing is rejected and the message deferred, and so it is while mail of the domain is refused because
 * its DKIM records are gone (policy/domain-claim.ts). Of its keys those sign that are published (dkim/keys-to-sign.ts). Only if `submission.require_verified_domain =
 * false` admits domains that the directory never knew, mail may have no key to sign with; elsewhere an unknown domain was
 * removed while its mail was still queued.
 */
import type { Clock } from '../../platform/clock.ts';
import { isLost } from '../../policy/domain-claim.ts';
import type { DirectoryReader } from '../../store/directory.ts';
import type { DkimKey } from '../../store/directory-records.ts';
import type { MessageFacts } from '../../store/message-records.ts';
import { OPERATOR_ACCOUNT } from '../../store/operator-account.ts';
import { keysToSign } from '../../dkim/keys-to-sign.ts';
import { signHeader, type SigningKey } from '../../dkim/sign.ts';

/**
 * The DKIM-Signature fields to put on top of a message with this header section (with its empty line); empty when
 * there is nothing to sign with. Rejects with {@link SigningError}.
 */
export type SignMessage = (facts: MessageFacts, header: Uint8Array) => Promise<Uint8Array>;

/**
 * `domain-removed`: the directory does not know the domain any more; `no-active-key`: the domain has none;
 * `records-gone`: none of its DKIM records is there for long; `key-unusable`: one cannot be opened; `signer-failed`: `cause` says why.
 */
export type SigningErrorCode =
  'domain-removed' | 'no-active-key' | 'records-gone' | 'key-unusable' | 'signer-failed';

export class SigningError extends Error {
  readonly code: SigningErrorCode;
  constructor(code: SigningErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface SignerOptions {
  readonly directory: Pick<DirectoryReader, 'dkimKeys' | 'findDomain' | 'domainHolder'>;
  /** Opens a sealed key; throws when it cannot. */
  readonly openKey: (key: DkimKey) => SigningKey;
  /** Mail of a domain that the directory does not know goes unsigned. Default: it is rejected as well. */
  readonly unknownDomainsUnsigned?: boolean;
  /**
   * Name of this relay: its own DSNs about mail of domains that are gone come from there, signed with the keys of
   * whoever holds that name.
   */
  readonly hostname: string;
  readonly clock: Clock;
}

const KEPT_MS = 1_000;
const MAX_DOMAINS = 1_000;
const NOTHING = new Uint8Array(0);

interface DomainKeys {
  readonly readAtMs: number;
  readonly records: readonly DkimKey[];
  readonly keys: readonly SigningKey[];
}

export function createMessageSigner(options: SignerOptions): SignMessage {
  const { directory, openKey, clock } = options;
  const domains = new Map<string, DomainKeys>();

  const keysOf = (facts: MessageFacts): readonly SigningKey[] | Promise<readonly SigningKey[]> => {
    const isOwn = isOfTheRelay(facts, options.hostname);
    const place = `${isOwn ? '' : facts.accountId} ${facts.signingDomain}`;
    const known = domains.get(place);
    const isFresh = known !== undefined && clock.monotonic() - known.readAtMs < KEPT_MS;
    return isFresh ? known.keys : readKeys(facts, { isOwn, place, known });
  };

  const readKeys = async (
    facts: MessageFacts,
    { isOwn, place, known }: { isOwn: boolean; place: string; known: DomainKeys | undefined },
  ): Promise<readonly SigningKey[]> => {
    const readAtMs = clock.monotonic();
    const domain = isOwn
      ? await directory.domainHolder(facts.signingDomain)
      : await directory.findDomain(facts.accountId, facts.signingDomain);
    // Notices of the relay itself say that records are gone: those do not wait.
    if (domain !== undefined && !isOwn && isLost(domain)) throw recordsGone(domain.name);
    const records = domain === undefined ? [] : keysToSign(await directory.dkimKeys(domain.id));
    if (records.length === 0 && !(isOwn && domain === undefined))
      refuseUnsigned(facts.signingDomain, domain !== undefined);
    const keys =
      known !== undefined && sameKeys(known.records, records) ? known.keys : records.map((key) => open(key));
    domains.delete(place);
    domains.set(place, { readAtMs, records, keys });
    if (domains.size > MAX_DOMAINS) {
      const [oldest] = domains.keys();
      if (oldest !== undefined) domains.delete(oldest);
    }
    return keys;
  };

  const refuseUnsigned = (domain: string, known: boolean): void => {
    if (!known && (options.unknownDomainsUnsigned === true || domain === options.hostname)) return;
    throw known
      ? new SigningError('no-active-key', `the domain ${domain} has no active DKIM key`)
      : new SigningError(
          'domain-removed',
          `the domain ${domain} was removed from this relay, so the message cannot be signed`,
        );
  };

  const open = (key: DkimKey): SigningKey => {
    try {
      return openKey(key);
    } catch (cause) {
      const name = `${key.selector}._domainkey.${key.domain}`;
      throw new SigningError('key-unusable', `the DKIM key ${name} cannot be opened`, { cause });
    }
  };

  return async (facts, header) => {
    const keys = await keysOf(facts);
    if (keys.length === 0) return NOTHING;
    try {
      return await signHeader({ header, bodyHash: facts.bodyHash, keys, nowMs: clock.now() });
    } catch (cause) {
      throw new SigningError('signer-failed', `the message could not be signed: ${reason(cause)}`, { cause });
    }
  };
}

function recordsGone(domain: string): SigningError {
  return new SigningError(
    'records-gone',
    `the DKIM records of ${domain} are missing in DNS or different, so receivers could not verify a signature; ` +
      `relayctl domain verify ${domain} says what to publish`,
  );
}

/** From the relay's own name, or to its operator: signed with the keys of whoever holds the domain, if anybody does. */
function isOfTheRelay({ credentialId, accountId, signingDomain }: MessageFacts, hostname: string): boolean {
  return credentialId === undefined && (signingDomain === hostname || accountId === OPERATOR_ACCOUNT.id);
}

function sameKeys(a: readonly DkimKey[], b: readonly DkimKey[]): boolean {
  return (
    a.length === b.length &&
    a.every((key, i) => key.selector === b[i]?.selector && key.publicKey === b[i].publicKey)
  );
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
