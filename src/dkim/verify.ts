/**
 * Verifies the signatures of a message as a receiver would, with mailauth's verifier and the relay's own resolver.
 * For feedback reports, for the demo, and for an operator who asks what a receiver sees; nothing on the delivery path
 * needs it.
 */
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { asBuffer } from '../message/header-section.ts';
import { mailauthLookUp } from '../dns/mailauth-lookup.ts';
import type { Resolver } from '../dns/resolver.ts';

/** `none`: not signed. `neutral`: not evaluated. `policy`: too weak a key. `temperror`: DNS did not answer. */
export type DkimVerdict = 'pass' | 'fail' | 'neutral' | 'policy' | 'temperror' | 'permerror' | 'none';

export interface DkimVerification {
  readonly domain: string;
  readonly selector: string;
  /** Such as `rsa-sha256`. */
  readonly algorithm: string;
  readonly result: DkimVerdict;
  /** Why, in the verifier's words; `undefined` when it says nothing. */
  readonly comment: string | undefined;
  /** Names of the fields that it covers, in lower case, one for each field. */
  readonly signedFields: readonly string[];
}

/** One entry a DKIM-Signature field, topmost first; empty when the message is not signed. */
export async function verifyMessage(message: Uint8Array, resolver: Resolver): Promise<DkimVerification[]> {
  const { results } = await dkimVerify(asBuffer(message), {
    // By the letter of RFC 6376, 8301 and 8463: what is lenient here may fail elsewhere.
    strict: true,
    resolver: mailauthLookUp(resolver) as (name: string, type: string) => Promise<string[][]>,
  });
  return results.flatMap((entry): DkimVerification[] => {
    if (entry.status.result === 'none') return [];
    return [
      {
        domain: entry.signingDomain ?? '',
        selector: entry.selector ?? '',
        algorithm: entry.algo ?? '',
        result: entry.status.result as DkimVerdict,
        comment: entry.status.comment || undefined,
        signedFields: signedNames(entry),
      },
    ];
  });
}

function signedNames({ signingHeaders }: { readonly signingHeaders?: { readonly keys?: string } }): string[] {
  return (signingHeaders?.keys ?? '').toLowerCase().split(': ');
}
