/**
 * Looks at what an authority issued before it is used: the key, the name, the time, and that each certificate leads to the next, and that
 * listeners can serve them.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createServerContext, type CertificatePair } from '../smtp/server/tls-context.ts';

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const MOST_CERTIFICATES = 10;
/** The authority's clock and this machine's may differ; what begins later would also be renewed too late. */
const MOST_AHEAD_MS = 86_400_000;

export interface ChainFacts {
  /** As downloaded. */
  readonly pem: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  readonly name: string;
}

/** The certificates in PEM, and nothing else that stood there; or what is wrong. RFC 8555 §7.4.2, RFC 5280 §6.1. */
export function checkChain(
  { pem, key, name }: ChainFacts,
  nowMs: number,
): { readonly pem: string } | { readonly problem: string } {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) return { problem: 'it holds no certificate' };
  if (blocks.length > MOST_CERTIFICATES) return { problem: `it holds ${blocks.length} certificates` };
  let chain: readonly X509Certificate[];
  try {
    chain = blocks.map((block) => new X509Certificate(block));
  } catch {
    return { problem: 'it holds a certificate that cannot be read' };
  }
  const [leaf] = chain;
  if (leaf?.checkPrivateKey(createPrivateKey(key)) !== true) return { problem: 'it is for another key' };
  if (leaf.checkHost(name, { subject: 'never', wildcards: false }) === undefined)
    return { problem: `it is not for ${name}` };
  for (const [index, certificate] of chain.entries()) {
    if (certificate.validToDate.getTime() <= nowMs)
      return {
        problem: `its certificate ${index + 1} of ${chain.length} has expired, or this machine's clock is wrong`,
      };
    if (certificate.validFromDate.getTime() > nowMs + MOST_AHEAD_MS)
      return {
        problem: `its certificate ${index + 1} of ${chain.length} is not valid before ${certificate.validFrom}, or this machine's clock is wrong`,
      };
    const issuer = chain[index + 1];
    if (issuer === undefined) break;
    if (!issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      return { problem: `its certificate ${index + 1} of ${chain.length} is not signed by the next` };
  }
  const taken = blocks.map((block) => `${block.replaceAll('\r', '')}\n`).join('');
  const refusal = refusalByOpenssl({ cert: taken, key });
  return refusal === undefined ? { pem: taken } : { problem: `it cannot be served: ${refusal}` };
}

/** What the listeners could not use would leave them without a certificate at the next start. */
function refusalByOpenssl(pair: CertificatePair): string | undefined {
  try {
    createServerContext(pair);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
