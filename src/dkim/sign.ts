/**
 * Signs a message with every key of its domain: one DKIM-Signature field a key, RSA topmost, relaxed/relaxed, no
 * `l=`. RFC 6376 §3.5, §3.7, §5; RFC 8463 for Ed25519. The body was hashed on arrival (dkim/body-hash.ts), so only
 * the header section is read here.
 *
 * Returns all signatures or rejects with a DkimError, never some of them. Octets of the message are signed unchanged,
 * whatever their charset. Signing runs on the thread pool: RSA is the most expensive step of a message.
 */
import { hash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { parseHeaderSection } from '../message/header-section.ts';
import type { HeaderField } from '../message/header-section.ts';
import { DkimError } from './dkim-error.ts';
import type { DkimAlgorithm } from './dkim-key.ts';

/** A private key, parsed once and used for many messages (dkim/keys.ts opens it). */
export interface SigningKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  readonly key: KeyObject;
}

export interface SignInput {
  /** The header section with the empty line that ends it, as sent below the signatures. */
  readonly header: Uint8Array;
  /** SHA-256 of the relaxed body, in base64. */
  readonly bodyHash: string;
  /** At least one. */
  readonly keys: readonly SigningKey[];
  readonly nowMs: number;
}

/** Oversigned: signed once more than they occur, so that adding another one breaks the signature (RFC 6376 §8.15). */
const OVERSIGNED = ['From', 'To', 'Cc', 'Subject', 'Date', 'Reply-To', 'Content-Type'];
/**
 * Oversigned where they occur: an address to unsubscribe at that somebody puts beside the sender's would be pressed in the
 * sender's name. Lists replace them, which breaks a signature over them anyway. RFC 8058 §4 asks for both to be signed.
 */
const OVERSIGNED_IF_PRESENT = ['List-Unsubscribe', 'List-Unsubscribe-Post'];
/** Signed as often as they occur. */
const SIGNED = [
  'Message-ID',
  'MIME-Version',
  'Content-Transfer-Encoding',
  'Sender',
  'In-Reply-To',
  'References',
  'List-Id',
  'Feedback-ID',
  'X-Relay-Message-Id',
  'X-Relay-Report-Token',
];
const SIGNED_FIELDS = [
  ...OVERSIGNED.map((name) => signedField(name, 1, 1)),
  ...SIGNED.map((name) => signedField(name, 0, 0)),
  ...OVERSIGNED_IF_PRESENT.map((name) => signedField(name, 0, 1)),
];
const SIGNED_KEYS = new Set(SIGNED_FIELDS.map(({ key }) => key));

/** How often more than it occurs a field is signed, where it is absent and where it is present. */
function signedField(name: string, ifAbsent: number, ifPresent: number) {
  return { name, key: name.toLowerCase(), ifAbsent, ifPresent };
}

/** By the number of occurrences of each of SIGNED_FIELDS. */
const namesByCounts = new Map<string, FieldNames>();
const MAX_KINDS = 256;

/** Of 32 octets in base64. */
const HASH_CHARACTERS = 44;
const LINE_CHARACTERS = 76;
// Fold within the signature field; one space in relaxed form.
const FOLD = '\r\n\t';
const SIGNATURE_CHARACTERS = 72;

/** The DKIM-Signature fields, to be prepended to `header`. Rejects with {@link DkimError}. */
export async function signHeader({ header, bodyHash, keys, nowMs }: SignInput): Promise<Uint8Array> {
  if (keys.length === 0) throw new DkimError('no-keys', 'there is no key to sign with');
  if (bodyHash.length !== HASH_CHARACTERS) {
    throw new DkimError('sign-failed', `a body hash has ${HASH_CHARACTERS} characters`);
  }
  const { names, canonical } = selectFields(header);
  const time = `t=${Math.floor(nowMs / 1000)};`;
  const hashed = `bh=${bodyHash};`;
  const shared = `${time}${FOLD}h=${names.folded};${FOLD}${hashed}${FOLD}b=`;
  const sharedRelaxed = `${time} h=${names.relaxed}; ${hashed} b=`;
  const fields = await Promise.all(
    [...keys].sort(rsaFirst).map((key) => {
      const own = `v=1; a=${key.algorithm}; c=relaxed/relaxed; d=${key.domain};`;
      const selector = `s=${key.selector}; `;
      // The new field in relaxed form: only its folds differ (RFC 6376 §3.7).
      const relaxed = `dkim-signature:${own} ${selector}${sharedRelaxed}`;
      return signData(key, Buffer.from(canonical + relaxed, 'latin1')).then(
        (signature) => `DKIM-Signature: ${own}${FOLD}${selector}${shared}${foldSignature(signature)}\r\n`,
      );
    }),
  );
  return Buffer.from(fields.join(''), 'latin1');
}

function rsaFirst(a: SigningKey, b: SigningKey): number {
  return Number(b.algorithm === 'rsa-sha256') - Number(a.algorithm === 'rsa-sha256');
}

function signData(key: SigningKey, data: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      const name = `${key.selector}._domainkey.${key.domain}`;
      reject(new DkimError('sign-failed', `the DKIM key ${name} could not sign`, { cause }));
    };
    try {
      const expected = key.algorithm === 'rsa-sha256' ? 'rsa' : 'ed25519';
      if (key.key.asymmetricKeyType !== expected) {
        fail(new Error(`the key is not of the type ${expected}`));
      } else {
        const done = (error: Error | null, signature: Buffer) => {
          if (error === null) resolve(signature);
          else fail(error);
        };
        // An Ed25519 signature costs what its way to a thread of the pool and back does: it is made here, while an RSA
        // one is made there. It signs the hash of the data (RFC 8463 §3).
        if (expected === 'rsa') sign('sha256', data, key.key, done);
        else resolve(sign(null, hash('sha256', data, 'buffer'), key.key));
      }
    } catch (error) {
      fail(error);
    }
  });
}

/** The signed field names, in order, as in `h=`. */
interface FieldNames {
  readonly folded: string;
  readonly relaxed: string;
}

interface Selection {
  readonly names: FieldNames;
  /** The signed fields in relaxed form, one character an octet. */
  readonly canonical: string;
}

function selectFields(header: Uint8Array): Selection {
  const present = new Map<string, HeaderField[]>();
  const { fields: all, octets } = parseHeaderSection(header);
  for (const field of all) {
    if (!SIGNED_KEYS.has(field.name)) continue;
    const same = present.get(field.name);
    if (same === undefined) present.set(field.name, [field]);
    else same.push(field);
  }
  if (!present.has('from')) throw new DkimError('header-unsignable', 'the message has no From field');

  let counts = '';
  let canonical = '';
  for (const { key, ifAbsent, ifPresent } of SIGNED_FIELDS) {
    const fields = present.get(key);
    const count = fields?.length ?? 0;
    // From the bottom up (RFC 6376 §5.4.2); naming an absent field signs its absence.
    for (let i = count - 1; i >= 0; i--) {
      canonical += `${key}:${relaxedValue(octets, fields?.[i] as HeaderField)}\r\n`;
    }
    counts += `${count + (count > 0 ? ifPresent : ifAbsent)} `;
  }
  return { names: fieldNames(counts), canonical };
}

/** Messages of one sender have the same fields, so the list is cached by their counts. */
function fieldNames(counts: string): FieldNames {
  const known = namesByCounts.get(counts);
  if (known !== undefined) return known;
  const names = counts
    .split(' ', SIGNED_FIELDS.length)
    .flatMap((count, i) => Array<string>(Number(count)).fill(SIGNED_FIELDS[i]?.name ?? ''));
  const folded = foldNames(names);
  const made = { folded, relaxed: folded.replaceAll(FOLD, ' ') };
  if (namesByCounts.size === MAX_KINDS) namesByCounts.clear();
  namesByCounts.set(counts, made);
  return made;
}

/** RFC 6376 §3.4.2. White space is SP, TAB and folds; every other octet is kept. */
function relaxedValue(octets: string, { valueStart, end }: HeaderField): string {
  let [from, to] = [valueStart, end];
  while (from < to && isSpace(octets.charCodeAt(from))) from++;
  while (to > from && isSpace(octets.charCodeAt(to - 1))) to--;
  const text = octets.slice(from, to);
  return /[\t\r\n]| {2}/.test(text) ? text.replace(/[ \t\r\n]+/g, ' ') : text;
}

function isSpace(octet: number): boolean {
  return octet === 0x20 || octet === 0x09 || octet === 0x0d || octet === 0x0a;
}

function foldSignature(signature: Buffer): string {
  const text = signature.toString('base64');
  let folded = text.slice(0, SIGNATURE_CHARACTERS);
  for (let at = SIGNATURE_CHARACTERS; at < text.length; at += SIGNATURE_CHARACTERS) {
    folded += FOLD + text.slice(at, at + SIGNATURE_CHARACTERS);
  }
  return folded;
}

function foldNames(names: readonly string[]): string {
  let text = '';
  let lineLength = 'h='.length;
  for (const [index, name] of names.entries()) {
    const part = index === 0 ? name : `:${name}`;
    if (lineLength + part.length > LINE_CHARACTERS) {
      // A fold is allowed on both sides of a colon (RFC 6376 §3.5).
      text += FOLD + part;
      lineLength = part.length + 1;
    } else {
      text += part;
      lineLength += part.length;
    }
  }
  return text;
}
