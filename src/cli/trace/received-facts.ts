/**
 * How a message came in, as far as the Received field that the relay put on top of it says (message/received.ts):
 * the store keeps no session. Gone together with the content. RFC 5321 §4.4, RFC 3848.
 */
import { fieldText, parseHeaderSection } from '../../message/header-section.ts';

export interface ReceivedView {
  /** What the client called itself. */
  readonly helo: string;
  /** Its address; `undefined` when the relay does not write it down (`submission.hide_client_address`). */
  readonly address: string | undefined;
  /** Such as `ESMTPSA`. */
  readonly protocol: string;
  readonly authenticated: boolean;
  /** Such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; `undefined`: in clear. */
  readonly tls: string | undefined;
}

const RECEIVED =
  /^from (\S+)(?: \(\[(?:IPv6:)?([0-9A-Fa-f:.]+)\]\))?\s+by \S+ \(Postern\) with ([A-Z0-9]+)(?: \(([^()]+)\))?/;

/** `content`: the message or its first part. `undefined` when the first Received field is not one of ours. */
export function receivedFacts(content: Uint8Array): ReceivedView | undefined {
  const field = parseHeaderSection(content).fields.find(({ name }) => name === 'received');
  if (field === undefined) return undefined;
  const match = RECEIVED.exec(fieldText(content, field).replace(/\s+/g, ' '));
  const [, helo, address, protocol, tls] = match ?? [];
  if (helo === undefined || protocol === undefined) return undefined;
  return { helo, address, protocol, authenticated: /SMTPS?A$/.test(protocol), tls };
}
