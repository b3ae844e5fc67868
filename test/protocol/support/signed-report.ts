/** A provider's signature for a report, by another implementation than the relay's, and its key for the zone. */
import { generateKeyPairSync } from 'node:crypto';
import type { DKIMSignOptions } from 'mailauth';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import type { ZoneEntry } from '../../support/dns-zone.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** Names its key in the zone: `fbl._domainkey.` and the signing domain. */
export const PROVIDER_KEY: ZoneEntry = { txt: [`v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`] };

/** `report` with CRLF line ends and a signature of `domain` over `fields` and the whole body. */
export async function signedReport(
  report: string,
  {
    domain = 'provider.test',
    fields = 'From:To:Subject:Content-Type',
    bodyLength,
  }: {
    readonly domain?: string;
    readonly fields?: string;
    /** Octets of the body that it covers, as `l=` says. */
    readonly bodyLength?: number;
  } = {},
): Promise<string> {
  const text = report.replace(/\r?\n/g, '\r\n') + '\r\n';
  const key = { signingDomain: domain, selector: 'fbl', privateKey, maxBodyLength: bodyLength };
  // The declared type asks for one key beside the list of keys; the signer does not.
  const options = { canonicalization: 'relaxed/relaxed', headerList: fields, signatureData: [key] };
  const { signatures, errors } = await dkimSign(text, options as unknown as DKIMSignOptions);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return (signatures + text).replace(/\r\n$/, '');
}
