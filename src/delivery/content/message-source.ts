/**
 * The octets of one outgoing message: signature fields on top (unless its route goes without), fields of its stream, then the
 * content as stored, from memory when it came with the accept, else read chunk by chunk as the connection takes it. All entries
 * of a message in memory share one source, so a message is signed once for any number of destinations; or once a transaction,
 * where each recipient gets fields of their own (recipient-fields.ts). Of those nothing is kept: they are as many as connections
 * at most.
 */
import { assert } from '../../platform/assert.ts';
import type { ContentReader } from '../../store/content-reader.ts';
import { MAX_CHUNK_BYTES, type MessageFacts } from '../../store/message-records.ts';
import type { ClaimedDelivery } from '../../store/delivery-records.ts';
import type { SignMessage } from './message-signer.ts';
import type { RecipientFields } from './recipient-fields.ts';

/** The stored content is gone or shorter than its record says: nothing to send. */
export class ContentMissing extends Error {
  readonly code = 'content-missing';
}

export interface SourceOptions {
  readonly reader: ContentReader;
  readonly sign: SignMessage;
  /** Its recipients get fields of their own; `undefined`: all get the same octets. */
  readonly recipientFields?: Pick<RecipientFields, 'fieldsFor'> | undefined;
}

const NOTHING = new Uint8Array(0);

export class MessageSource {
  readonly facts: MessageFacts;
  readonly #contentId: number;
  readonly #reader: ContentReader;
  readonly #sign: SignMessage;
  readonly #recipientFields: SourceOptions['recipientFields'];
  /** The whole content, when it came from memory or has one chunk only. */
  #whole: Uint8Array | undefined;
  readonly #fromMemory: boolean;
  /** Fields of its stream. */
  readonly #added: Uint8Array;
  /** Signature fields and those of its stream. */
  #top: Uint8Array | undefined;
  #signing: Promise<Uint8Array> | undefined;
  #users = 0;

  constructor(
    facts: MessageFacts,
    contentId: number,
    content: Uint8Array | undefined,
    options: SourceOptions,
  ) {
    this.facts = facts;
    this.#contentId = contentId;
    this.#added = facts.addedFields === undefined ? NOTHING : Buffer.from(facts.addedFields, 'latin1');
    this.#whole = content;
    this.#fromMemory = content !== undefined;
    this.#reader = options.reader;
    this.#sign = options.sign;
    this.#recipientFields = options.recipientFields;
  }

  /** A transaction has one recipient, who gets fields of their own. */
  get isForOne(): boolean {
    return this.#recipientFields !== undefined;
  }

  /** Octets that {@link chunks} gives with that on top. */
  sizeBytesWith(top: Uint8Array): number {
    return top.length + this.facts.sizeBytes;
  }

  /**
   * Makes it ready to be read, until {@link release}. Resolves to what goes on top of the content: signature fields (if it is
   * `signed`), above fields of the recipient and of its stream; at once when it was signed before, or is not to be. Rejects with SigningError,
   * {@link ContentMissing} or StoreError; to be released all the same.
   */
  async prepare(signed: boolean, deliveries: readonly ClaimedDelivery[]): Promise<Uint8Array> {
    this.#users++;
    if (this.#recipientFields !== undefined) return await this.#topForOne(signed, deliveries);
    if (!signed) return this.#added;
    if (this.#top !== undefined) return this.#top;
    try {
      return await (this.#signing ??= this.#makeSignature());
    } finally {
      // A failed try must not be remembered: the key may be there the next time.
      this.#signing = undefined;
    }
  }

  /** Content from the store is released when no session sends it any more. */
  release(): void {
    if (--this.#users === 0 && !this.#fromMemory) this.#whole = undefined;
  }

  /** `top` and the content, in order. Reads the store as it goes: may throw StoreError. */
  chunks(top: Uint8Array): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    const whole = this.#whole;
    if (whole !== undefined) return top.length > 0 ? [top, whole] : [whole];
    return this.#storedChunks(top);
  }

  /** The header section with its empty line, at most `limitBytes` of it. Throws as {@link prepare} rejects. */
  async header(limitBytes = Infinity): Promise<Uint8Array> {
    const wanted = Math.min(this.facts.headerSizeBytes, limitBytes);
    return this.#whole?.subarray(0, wanted) ?? (await this.#read(wanted));
  }

  /** The content without the signature, when it is in memory or at most `limitBytes`; else `undefined`. */
  async content(limitBytes: number): Promise<Uint8Array | undefined> {
    if (this.facts.sizeBytes > limitBytes) return undefined;
    return this.#whole ?? (await this.#read(this.facts.sizeBytes));
  }

  async #makeSignature(): Promise<Uint8Array> {
    const header = await this.#headerToSign();
    const added = this.#added;
    const signature = await this.#sign(this.facts, joined(added, header));
    return (this.#top = joined(signature, added));
  }

  async #topForOne(signed: boolean, deliveries: readonly ClaimedDelivery[]): Promise<Uint8Array> {
    const [delivery, another] = deliveries;
    assert(delivery !== undefined && another === undefined, 'fields of a recipient go to that one alone');
    const own = Buffer.from((await this.#recipientFields?.fieldsFor(this.facts, delivery)) ?? '');
    const fields = joined(own, this.#added);
    if (!signed) return fields;
    const signature = await this.#sign(this.facts, joined(fields, await this.#headerToSign()));
    return joined(signature, fields);
  }

  async #headerToSign(): Promise<Uint8Array> {
    // Most messages are one chunk: reading it tells, without asking how many there are.
    if (this.#whole === undefined && this.facts.sizeBytes <= MAX_CHUNK_BYTES) {
      const first = await this.#reader.readChunk(this.#contentId, 0);
      if (first.length === this.facts.sizeBytes) this.#whole = first;
    }
    return this.#whole?.subarray(0, this.facts.headerSizeBytes) ?? (await this.header());
  }

  async #read(wantedBytes: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for (let index = 0; sizeBytes < wantedBytes; index++) {
      if (index >= (await this.#reader.chunkCount(this.#contentId)))
        throw new ContentMissing(`the stored content of message ${this.facts.id} is gone`);
      const chunk = await this.#reader.readChunk(this.#contentId, index);
      parts.push(chunk);
      sizeBytes += chunk.length;
    }
    const first = parts[0];
    return (parts.length === 1 && first !== undefined ? first : Buffer.concat(parts)).subarray(
      0,
      wantedBytes,
    );
  }

  async *#storedChunks(top: Uint8Array): AsyncGenerator<Uint8Array> {
    if (top.length > 0) yield top;
    const count = await this.#reader.chunkCount(this.#contentId);
    if (count === 0) throw new ContentMissing(`the stored content of message ${this.facts.id} is gone`);
    for (let index = 0; index < count; index++) yield await this.#reader.readChunk(this.#contentId, index);
  }
}

/** Most often one of them is empty. */
function joined(top: Uint8Array, rest: Uint8Array): Uint8Array {
  if (top.length === 0) return rest;
  return rest.length === 0 ? top : Buffer.concat([top, rest]);
}
