/**
 * Whether a message that arrived is signed with every key that its domain publishes, and nothing else, and all of it
 * verifies: no target may be fast by signing less than is said of it.
 */
import type { DnsAnswer, Resolver } from '../src/dns/resolver.ts';
import { verifyMessage } from '../src/dkim/verify.ts';

/** `undefined` when all is well, or when `records` is: nothing is expected to sign then. */
export async function signatureProblem(
  sample: string,
  records: ReadonlyMap<string, string> | undefined,
): Promise<string | undefined> {
  if (records === undefined) return undefined;
  if (sample === '') return 'no message was kept as a sample';
  const message = Buffer.from(sample.replaceAll('\r\n..', '\r\n.'), 'latin1');
  const signatures = await verifyMessage(message, resolverOf(records));
  if (!signatures.some(({ algorithm }) => algorithm === 'rsa-sha256'))
    return 'the sample has no RSA signature';
  if (signatures.length !== records.size)
    return `the sample has ${signatures.length} signatures for ${records.size} keys`;
  const bad = signatures.find(({ result }) => result !== 'pass');
  return bad === undefined
    ? undefined
    : `the ${bad.algorithm} signature of the sample is ${bad.result} (${bad.comment ?? 'no comment'})`;
}

function resolverOf(records: ReadonlyMap<string, string>): Resolver {
  const none = () => Promise.resolve({ kind: 'not-found', nxdomain: true } as const);
  const txt = (name: string): Promise<DnsAnswer<string>> => {
    const text = records.get(name);
    return text === undefined ? none() : Promise.resolve({ kind: 'found', records: [text], ttlSeconds: 60 });
  };
  return { mx: none, a: none, aaaa: none, ptr: none, cname: none, txt };
}
