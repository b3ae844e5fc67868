/** The parts of a message to be composed, checked already: what compose-message.ts makes MIME of. */
import type { NamedAddress } from './named-address.ts';

export interface Attachment {
  readonly filename: string;
  /** `type/subtype`, perhaps with parameters; `undefined`: by the file name. */
  readonly contentType: string | undefined;
  readonly content: Buffer;
  /** Without angle brackets: shown within the HTML, which names it `cid:...`. `undefined`: attached. */
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
  /** `msg_` id: Message-ID and boundaries are made of it. */
  readonly messageId: string;
  /** The relay's own name: domain of a Message-ID when From has an address literal. */
  readonly hostname: string;
  readonly nowMs: number;
}
