/** The checked parts of a message, as input of compose-message.ts. */
import type { NamedAddress } from './named-address.ts';

export interface Attachment {
  readonly filename: string;
  /** `type/subtype`, optionally with parameters; `undefined`: from the file name. */
  readonly contentType: string | undefined;
  readonly content: Buffer;
  /** Without angle brackets: an inline part that the HTML names as `cid:...`. `undefined`: attached. */
  readonly contentId: string | undefined;
}

export interface Composition {
  readonly from: NamedAddress;
  readonly to: readonly NamedAddress[];
  readonly cc: readonly NamedAddress[];
  readonly replyTo: readonly NamedAddress[];
  /** One line. `undefined`: no such field. */
  readonly subject: string | undefined;
  readonly text: string | undefined;
  readonly html: string | undefined;
  /** Name and value, checked by custom-field.ts. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly attachments: readonly Attachment[];
}

export interface ComposedBy {
  /** `msg_` id, from which Message-ID and boundaries are made. */
  readonly messageId: string;
  /** The relay's host name: domain of a Message-ID when From has an address literal. */
  readonly hostname: string;
  readonly nowMs: number;
}
