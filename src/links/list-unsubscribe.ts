/**
 * The header fields by which a recipient's mail program unsubscribes: List-Unsubscribe (RFC 2369 §3.2) and, where it has an
 * https address, List-Unsubscribe-Post (RFC 8058 §3.1). https comes first: programs take the first that they know. The
 * address by mail has the token as its subject. Pure.
 */
import { returnPathHost } from '../smtp/return-path-host.ts';

/** The value of List-Unsubscribe-Post, and what the POST of a mail program carries. */
export const ONE_CLICK = 'List-Unsubscribe=One-Click';
/** Local part of the address that unsubscribes by mail, at the return-path host of a domain. */
export const UNSUBSCRIBE_LOCAL_PART = 'unsubscribe';
/** The path of links, before the token. */
export const UNSUBSCRIBE_PATH = '/u/';

export interface UnsubscribeWays {
  /** https address that links begin with, without a slash at the end; `undefined`: no one-click. */
  readonly publicUrl: string | undefined;
  /** The sending domain whose return-path host takes mail; `undefined`: not by mail. */
  readonly mailDomain: string | undefined;
}

/**
 * The fields with their line ends; empty without any way. Lines are as long as a token makes them, beyond 78 octets but within
 * 998: white space inside of an address is what programs trip over.
 */
export function listUnsubscribeFields(token: string, { publicUrl, mailDomain }: UnsubscribeWays): string {
  const links = [
    ...(publicUrl === undefined ? [] : [`<${publicUrl}${UNSUBSCRIBE_PATH}${token}>`]),
    ...(mailDomain === undefined ? [] : [`<${unsubscribeMailto(mailDomain, token)}>`]),
  ];
  if (links.length === 0) return '';
  const field = `List-Unsubscribe: ${links.join(',\r\n ')}\r\n`;
  return publicUrl === undefined ? field : `${field}List-Unsubscribe-Post: ${ONE_CLICK}\r\n`;
}

function unsubscribeMailto(domain: string, token: string): string {
  return `mailto:${UNSUBSCRIBE_LOCAL_PART}@${returnPathHost(domain)}?subject=${token}`;
}
