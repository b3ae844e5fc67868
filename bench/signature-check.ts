/** Whether a message that arrived carries an RSA-2048 signature that verifies: no target may be fast by not signing. */
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
  const rsa = signatures.find((signature) => signature.algorithm === 'rsa-sha256');
  if (rsa === undefined) return 'the sample has no RSA signature';
  return rsa.result === 'pass'
    ? undefined
    : `the signature of the sample is ${rsa.result} (${rsa.comment ?? 'no comment'})`;
}

function resolverOf(records: ReadonlyMap<string, string>): Resolver {
  const none = () => Promise.resolve({ kind: 'not-found', nxdomain: true } as const);
  const txt = (name: string): Promise<DnsAnswer<string>> => {
    const text = records.get(name);
    return text === undefined ? none() : Promise.resolve({ kind: 'found', records: [text], ttlSeconds: 60 });
  };
  return { mx: none, a: none, aaaa: none, ptr: none, cname: none, txt };
}
