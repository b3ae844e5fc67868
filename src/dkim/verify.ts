/**
 * Verifies the signatures of a message as a receiver would, with mailauth and the relay's own resolver. Used for
 * feedback reports, the demo and operators; not on the delivery path.
 */
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { asBuffer } from '../message/header-section.ts';
import { mailauthLookUp } from '../dns/mailauth-lookup.ts';
import type { Resolver } from '../dns/resolver.ts';

/** `none`: not signed. `neutral`: not evaluated. `policy`: key too weak. `temperror`: DNS did not answer. */
export type DkimVerdict = 'pass' | 'fail' | 'neutral' | 'policy' | 'temperror' | 'permerror' | 'none';

export interface DkimVerification {
  readonly domain: string;
  readonly selector: string;
  /** Such as `rsa-sha256`. */
  readonly algorithm: string;
  readonly result: DkimVerdict;
  /** The verifier's reason; `undefined` without one. */
  readonly comment: string | undefined;
  /** Names of the signed fields in lower case, one for each field. */
  readonly signedFields: readonly string[];
}

/** One entry a DKIM-Signature field, topmost first; empty for an unsigned message. */
export async function verifyMessage(message: Uint8Array, resolver: Resolver): Promise<DkimVerification[]> {
  const { results } = await dkimVerify(asBuffer(message), {
    // Strict RFC 6376, 8301 and 8463: leniency here could hide a failure elsewhere.
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
