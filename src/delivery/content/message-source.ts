/**
 * The octets of one outgoing message: signature fields on top (unless its route goes without), the fields of its stream, then the content as stored,
 * from memory when it came with the accept, else read chunk by chunk as the connection takes it. All entries of a message in memory share one source, so
 * a message is signed once for any number of destinations.
 */
import type { ContentReader } from '../../store/content-reader.ts';
import { MAX_CHUNK_BYTES, type MessageFacts } from '../../store/message-records.ts';
import type { SignMessage } from './message-signer.ts';

/** The stored content is gone or shorter than its record says: nothing to send. */
export class ContentMissing extends Error {
  readonly code = 'content-missing';
}

const NOTHING = new Uint8Array(0);

export class MessageSource {
  readonly facts: MessageFacts;
  readonly #contentId: number;
  readonly #reader: ContentReader;
  readonly #sign: SignMessage;
  /** The whole content, when it came from memory or has one chunk only. */
  #whole: Uint8Array | undefined;
  readonly #fromMemory: boolean;
  /** Fields of its stream. */
  readonly #added: Uint8Array;
  #signature: Uint8Array | undefined;
  #signing: Promise<void> | undefined;
  #users = 0;

  constructor(
    facts: MessageFacts,
    contentId: number,
    content: Uint8Array | undefined,
    options: { readonly reader: ContentReader; readonly sign: SignMessage },
  ) {
    this.facts = facts;
    this.#contentId = contentId;
    this.#added = facts.addedFields === undefined ? NOTHING : Buffer.from(facts.addedFields, 'latin1');
    this.#whole = content;
    this.#fromMemory = content !== undefined;
    this.#reader = options.reader;
    this.#sign = options.sign;
  }

  /** Octets that {@link chunks} gives. Known after {@link prepare}. */
  sizeBytesOf(signed: boolean): number {
    return (signed ? (this.#signature?.length ?? 0) : 0) + this.#added.length + this.facts.sizeBytes;
  }

  /**
   * Makes it ready to be read, until {@link release}. Resolves at once when it was signed before, or is not to be. Rejects
   * with SigningError, {@link ContentMissing} or StoreError; to be released all the same.
   */
  async prepare(signed: boolean): Promise<void> {
    this.#users++;
    if (!signed || this.#signature !== undefined) return;
    try {
      await (this.#signing ??= this.#makeSignature());
    } finally {
      // A failed try must not be remembered: the key may be there the next time.
      this.#signing = undefined;
    }
  }

  /** Content from the store is released when no session sends it any more. */
  release(): void {
    if (--this.#users === 0 && !this.#fromMemory) this.#whole = undefined;
  }

  /** Signature fields (if it is `signed`), fields of the stream and content, in order. Reads the store as it goes: may throw StoreError. */
  chunks(signed: boolean): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
    const whole = this.#whole;
    const signature = signed ? this.#signature : undefined;
    const top = [...(signature === undefined ? [] : [signature]), this.#added].filter(
      ({ length }) => length > 0,
    );
    return whole === undefined ? this.#storedChunks(top) : [...top, whole];
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

  async #makeSignature(): Promise<void> {
    // Most messages are one chunk: reading it tells, without asking how many there are.
    if (this.#whole === undefined && this.facts.sizeBytes <= MAX_CHUNK_BYTES) {
      const first = await this.#reader.readChunk(this.#contentId, 0);
      if (first.length === this.facts.sizeBytes) this.#whole = first;
    }
    const header = this.#whole?.subarray(0, this.facts.headerSizeBytes) ?? (await this.header());
    const { length } = this.#added;
    this.#signature = await this.#sign(
      this.facts,
      length === 0 ? header : Buffer.concat([this.#added, header]),
    );
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

  async *#storedChunks(top: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* top;
    const count = await this.#reader.chunkCount(this.#contentId);
    if (count === 0) throw new ContentMissing(`the stored content of message ${this.facts.id} is gone`);
    for (let index = 0; index < count; index++) yield await this.#reader.readChunk(this.#contentId, index);
  }
}
