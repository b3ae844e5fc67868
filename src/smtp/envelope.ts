/** The envelope: reverse-path, forward-paths and their ESMTP parameters. RFC 5321 §3.3, RFC 6152, RFC 6531, RFC 3461. */

export type BodyType = '7bit' | '8bitmime';
/** RET of RFC 3461 §4.3. */
export type DsnReturn = 'full' | 'hdrs';
/** NOTIFY of RFC 3461 §4.1. `never` excludes the others. */
export type DsnNotify = 'never' | 'success' | 'failure' | 'delay';

/** By-mode of RFC 2852 §4: `return`: given up then; `notify`: the sender is told, and it goes on. */
export type ByMode = 'return' | 'notify';

export interface ForwardPath {
  /** `local-part@domain`; the domain in its lower-cased A-label form. */
  readonly recipient: string;
  /** `undefined`: not given, which means failure and possibly delay (RFC 3461 §4.1). */
  readonly notify: readonly DsnNotify[] | undefined;
  /** ORCPT, decoded: `rfc822;user@example.org`. RFC 3461 §4.2. */
  readonly originalRecipient: string | undefined;
}

export interface Envelope {
  /** `local-part@domain`, or the empty string for the null reverse-path. */
  readonly reversePath: string;
  readonly bodyType: BodyType;
  readonly smtpUtf8: boolean;
  readonly requireTls: boolean;
  readonly dsnReturn: DsnReturn | undefined;
  /** ENVID, decoded. RFC 3461 §4.4. */
  readonly envelopeId: string | undefined;
  /** MT-PRIORITY, -9 to 9; `undefined`: not given. RFC 6710. */
  readonly priority?: number | undefined;
  /** BY. RFC 2852. */
  readonly deliverBy?: { readonly atMs: number; readonly mode: ByMode; readonly trace: boolean } | undefined;
  /** HOLDFOR or HOLDUNTIL, epoch milliseconds. RFC 4865. */
  readonly holdUntilMs?: number | undefined;
  readonly forwardPaths: readonly ForwardPath[];
}

/** xtext of RFC 3461 §4: `+` and `=` and everything outside `!`..`~` as `+XX`. Input must be ASCII. */
export function encodeXtext(text: string): string {
  return text.replace(/[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g, (character) =>
    [...Buffer.from(character)]
      .map((octet) => `+${octet.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

/** Decodes xtext; `undefined` when an escape is malformed or the result contains a control character. */
export function decodeXtext(text: string): string | undefined {
  if (/\+(?![0-9A-F]{2})/.test(text)) return undefined;
  const decoded = Buffer.from(
    text.replace(/\+([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
  return /[\x00-\x1f\x7f]/.test(decoded) ? undefined : decoded;
}
