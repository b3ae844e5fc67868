/**
 * The token of a link in a message to one recipient, as in `https://mail.example.com/u/TOKEN`. It carries all that the link
 * needs, sealed: it works when the message is not kept any more, says nothing to who sees it, and cannot be made up or
 * changed. The same message, recipient and purpose always give the same token, so that every attempt sends the same octets.
 *
 * Sealed octets in base64url, about 130 characters. Inside:
 *
 * | octets | what                                                                  |
 * |--------|-----------------------------------------------------------------------|
 * | 1      | version, 1                                                            |
 * | 1      | purpose                                                               |
 * | 16     | message id, packed (platform/ids.ts); else 255, length and text         |
 * | 16     | account id, in the same form                                            |
 * | 1..4   | number of the recipient in the message, LEB128                        |
 * | 1 + n  | length and name of the stream                                         |
 * | rest   | recipient as mailed                                                   |
 *
 * It never expires: unsubscribing has to work for as long as somebody has the message (RFC 8058 §3.1). Pure.
 */
import { PACKED_ID_BYTES, packId, unpackId } from '../platform/ids.ts';
import type { SecretBox } from '../platform/secret-box.ts';

/** What the link is for. A token of one purpose opens for no other. */
export type LinkPurpose = 'unsubscribe';

/** What a link says. */
export interface Link {
  readonly purpose: LinkPurpose;
  /** `msg_` id. */
  readonly messageId: string;
  /** `acc_` id. */
  readonly accountId: string;
  /** Name of the message's stream. */
  readonly stream: string;
  /** Counts a message's recipients from 1. */
  readonly recipientNumber: number;
  /** `local@domain` as mailed; compared by its suppression key (smtp/address-keys.ts). */
  readonly recipient: string;
}

const VERSION = 1;
const PURPOSES: Readonly<Record<LinkPurpose, number>> = { unsubscribe: 1 };
const CONTEXT = 'link';
const MESSAGE_PREFIX = 'msg_';
const ACCOUNT_PREFIX = 'acc_';
/** In place of the first octet of a packed id, whose time has it at 0 until the year 4199. */
const IN_TEXT = 0xff;
const MAX_NUMBER_BYTES = 4;
/** Of an address of 254 octets in a stream with a long name; more is nobody's. */
export const MAX_TOKEN_CHARACTERS = 700;

/** `undefined`: its parts are too long for a link; no address within the limits of SMTP is. */
export function makeLinkToken(link: Link, box: Pick<SecretBox, 'sealSame'>): string | undefined {
  const stream = Buffer.from(link.stream);
  if (stream.length > 0xff) return undefined;
  const plain = Buffer.concat([
    Buffer.of(VERSION, PURPOSES[link.purpose]),
    idOctets(MESSAGE_PREFIX, link.messageId),
    idOctets(ACCOUNT_PREFIX, link.accountId),
    numberOctets(link.recipientNumber),
    Buffer.of(stream.length),
    stream,
    Buffer.from(link.recipient),
  ]);
  const token = Buffer.from(box.sealSame(plain, CONTEXT)).toString('base64url');
  return token.length > MAX_TOKEN_CHARACTERS ? undefined : token;
}

/**
 * What the token says; `undefined`: it was not made here for `purpose`, or is not whole and unchanged. `box`: whose key it may
 * be under; with several keys, ask with each.
 */
export function openLinkToken(
  token: string,
  purpose: LinkPurpose,
  box: Pick<SecretBox, 'openSame'>,
): Link | undefined {
  if (token.length > MAX_TOKEN_CHARACTERS || !/^[\w-]+$/.test(token)) return undefined;
  const sealed = Buffer.from(token, 'base64url');
  // The last character may have bits that are dropped: one token has one spelling.
  if (sealed.toString('base64url') !== token) return undefined;
  const plain = box.openSame(sealed, CONTEXT);
  return plain && readLink(plain, purpose);
}

function readLink(plain: Uint8Array, purpose: LinkPurpose): Link | undefined {
  const reading = new Reading(plain);
  if (reading.octet() !== VERSION || reading.octet() !== PURPOSES[purpose]) return undefined;
  return {
    purpose,
    messageId: reading.id(MESSAGE_PREFIX),
    accountId: reading.id(ACCOUNT_PREFIX),
    recipientNumber: reading.number(),
    stream: reading.text(reading.octet()),
    recipient: reading.text(Infinity),
  };
}

/** Of octets that only this module can have sealed: nothing is missing. */
class Reading {
  readonly #octets: Buffer;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = Buffer.from(octets);
  }

  octet(): number {
    return this.#octets[this.#at++] ?? 0;
  }

  text(length: number): string {
    return this.#take(length).toString();
  }

  id(prefix: string): string {
    if (this.#octets[this.#at] !== IN_TEXT) return unpackId(prefix, this.#take(PACKED_ID_BYTES));
    this.#at++;
    return this.text(this.octet());
  }

  number(): number {
    let value = 0;
    for (let i = 0; i < MAX_NUMBER_BYTES; i++) {
      const octet = this.octet();
      value += (octet & 0x7f) * 128 ** i;
      if (octet < 0x80) break;
    }
    return value;
  }

  #take(length: number): Buffer {
    return this.#octets.subarray(this.#at, (this.#at += Math.min(length, this.#octets.length)));
  }
}

function idOctets(prefix: string, id: string): Uint8Array {
  const packed = packId(prefix, id);
  if (packed !== undefined && packed[0] !== IN_TEXT) return packed;
  const text = Buffer.from(id).subarray(0, 0xff);
  return Buffer.concat([Buffer.of(IN_TEXT, text.length), text]);
}

function numberOctets(number: number): Uint8Array {
  const octets: number[] = [];
  let rest = number;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  return Uint8Array.from([...octets, rest]);
}
