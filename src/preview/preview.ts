/**
 * A message as people look at it: what its parts say, made from the octets of a stranger or a tenant. Data alone; read-preview.ts
 * makes it, in a process of its own (app/preview-reader.ts).
 */

/** Octets of a message that is read; a larger one is looked at as its source. */
export const MOST_PREVIEWED_BYTES = 24 * 1024 * 1024;

export interface PreviewField {
  /** As it is written. */
  readonly name: string;
  /** Unfolded, encoded words decoded. */
  readonly value: string;
}

export interface PreviewAttachment {
  /** Its place in the message, from 0: {@link PreviewReader.attachment} takes it. */
  readonly index: number;
  /** As the message says; empty: it has none. */
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  /** The HTML shows it by its Content-ID. */
  readonly inline: boolean;
}

/** A link of the HTML: what is written on it, and where it leads. Nothing here follows it. */
export interface PreviewLink {
  readonly text: string;
  readonly href: string;
}

/** HTML that draws what the message's does, without scripts, without links that lead anywhere, and without any URL to fetch. */
export interface DrawnHtml {
  /** A whole document, UTF-8. */
  readonly document: string;
  readonly links: readonly PreviewLink[];
  /** Images of other hosts, and others that are not shown. */
  readonly imagesLeftOut: number;
  /** Too long, too deep, or too many elements: the rest is not shown. */
  readonly isCut: boolean;
}

export interface Preview {
  readonly fields: readonly PreviewField[];
  readonly fieldsAreCut: boolean;
  /** `undefined`: there is no text part. */
  readonly text: string | undefined;
  readonly textIsCut: boolean;
  /** `undefined`: there is no HTML. */
  readonly html: DrawnHtml | undefined;
  readonly attachments: readonly PreviewAttachment[];
  readonly attachmentsAreCut: boolean;
}

/** `unreadable`: it passed a limit, or its MIME is beyond reading; it would again. `busy`: it may go later. */
export type Previewed<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'unreadable'; readonly why: 'time' | 'memory' | 'output' | 'failed' }
  | { readonly kind: 'busy' };

/** `flow`: whose message it is; they take turns. None of them rejects. */
export interface PreviewReader {
  /** `bytes`: a whole message, at most {@link MOST_PREVIEWED_BYTES}. */
  read(bytes: Uint8Array, flow: string): Promise<Previewed<Preview>>;
  /** The octets of an attachment; `undefined`: there is none of this index. */
  attachment(bytes: Uint8Array, index: number, flow: string): Promise<Previewed<Uint8Array | undefined>>;
  /** HTML that is in no message, such as of a template. */
  draw(html: string, flow: string): Promise<Previewed<DrawnHtml>>;
  stop(): Promise<void>;
}
