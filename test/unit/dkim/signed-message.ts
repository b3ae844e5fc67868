/** Takes a message the way the relay does, from the submitted octets to the signed ones, and publishes its keys. */
import { RelaxedBodyHash } from '../../../src/dkim/body-hash.ts';
import type { DkimKey } from '../../../src/dkim/dkim-key.ts';
import { dkimRecordValue, generateDkimKeys, openSigningKey } from '../../../src/dkim/keys.ts';
import { signHeader } from '../../../src/dkim/sign.ts';
import type { SigningKey } from '../../../src/dkim/sign.ts';
import type { DnsAnswer, Resolver } from '../../../src/dns/resolver.ts';
import { prepareHeader } from '../../../src/message/fix-ups.ts';
import { headerEnd } from '../../../src/message/header-section.ts';
import { LineEndingRepair } from '../../../src/message/line-endings.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';

export const NOW_MS = Date.UTC(2026, 0, 5, 9, 0, 0);
const CHUNK_BYTES = 16 * 1024;

const box = createSecretBox(systemRandom.bytes(32), systemRandom);

export interface SigningDomain {
  readonly records: readonly DkimKey[];
  readonly keys: readonly SigningKey[];
  readonly resolver: Resolver;
}

export async function signingDomain(domain = 'example.org'): Promise<SigningDomain> {
  const records = await generateDkimKeys({ domain, token: 'token', nowMs: NOW_MS, box });
  const published = new Map(
    records.map((key) => [`${key.selector}._domainkey.${key.domain}`, dkimRecordValue(key)]),
  );
  return { records, keys: records.map((key) => openSigningKey(key, box)), resolver: txtResolver(published) };
}

/** Knows TXT records only; answers "no such name" to everything else. */
export function txtResolver(published: ReadonlyMap<string, string>): Resolver {
  const nothing = (): Promise<DnsAnswer<never>> => Promise.resolve({ kind: 'not-found', nxdomain: true });
  return {
    mx: nothing,
    a: nothing,
    aaaa: nothing,
    cname: nothing,
    ptr: nothing,
    txt(name) {
      const value = published.get(name);
      return value === undefined
        ? nothing()
        : Promise.resolve({ kind: 'found', records: [value], ttlSeconds: 60 });
    },
  };
}

/** The octets as they would be sent: signatures, added lines, message. */
export async function signMessage(submitted: Uint8Array, keys: readonly SigningKey[]): Promise<Buffer> {
  const repair = new LineEndingRepair();
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < submitted.length; at += CHUNK_BYTES) {
    pieces.push(repair.push(submitted.subarray(at, at + CHUNK_BYTES)));
  }
  pieces.push(repair.end());
  const message = Buffer.concat(pieces);
  const end = headerEnd(message);
  const bodyStart = end === -1 ? message.length : end;
  const prepared = prepareHeader(message.subarray(0, bodyStart), {
    messageId: 'msg_01k9q3aaaaaaaaaaaaaaaaaaaa',
    hostname: 'relay.example.org',
    received: 'Received: from client ([192.0.2.1])\r\n\tby relay.example.org; today\r\n',
    nowMs: NOW_MS,
  });
  if ('problem' in prepared) throw new Error(prepared.problem.text);
  const body = message.subarray(bodyStart);
  const hash = new RelaxedBodyHash();
  for (let at = 0; at < body.length; at += CHUNK_BYTES) hash.update(body.subarray(at, at + CHUNK_BYTES));
  const bodyHash = hash.digest();
  const signatures = await signHeader({ header: prepared.bytes, bodyHash, keys, nowMs: NOW_MS });
  return Buffer.concat([signatures, prepared.bytes, body]);
}
