/**
 * Receives the octets of one message from the socket into the spool: repairs line ends, prepares the header section
 * as soon as it is complete, hashes the body incrementally. A message of one chunk stays in memory and is stored by
 * the accept; chunks of a larger one are stored as they fill, a few in flight, with backpressure on the client. After
 * a failure the stored parts are abandoned, and the rest of the message is read and dropped so that the client gets
 * the reply. RFC 5321 §4.1.1.4, §4.5.3.1.7, §7.8; SIZE RFC 1870.
 *
 * Sizes count received octets without dot-stuffing. Small messages need no promise and no timer, unless their header
 * section takes time to prepare.
 */
import { RelaxedBodyHash } from '../dkim/body-hash.ts';
import type { HeaderProblem, PreparedHeader } from '../message/fix-ups.ts';
import { LineEndingRepair } from '../message/line-endings.ts';
import type { Reply } from '../smtp/reply.ts';
import { MAX_CHUNK_BYTES, type NewContent } from '../store/message-records.ts';
import { MAX_REFUSED_HEADER_BYTES } from '../store/refusals.ts';
import type { Spool } from '../store/spool.ts';
import { ChunkUpload } from './chunk-upload.ts';
import { ContentBuffer } from './content-buffer.ts';
import { HeaderCollector } from './header-collector.ts';
import type { ContentMemory } from './content-memory.ts';
import type { LaterHeader, ReceivedContent, RefusedContent } from './received-content.ts';
import {
  HEADER_TOO_BIG,
  INTERNAL_ERROR,
  LINE_TOO_LONG,
  NUL_IN_MESSAGE,
  STREAMED_ON,
  tooBig,
} from '../smtp/server/replies.ts';
import type { DataFlow } from '../smtp/server/server-session.ts';

export interface ContentOptions {
  readonly maxMessageBytes: number;
  /** Names the parts in the spool: the message id. */
  readonly upload: string;
  readonly spool: Pick<Spool, 'putChunk' | 'abandonUpload'>;
  readonly memory: ContentMemory;
  readonly flow: DataFlow;
  /**
   * Called once, with the header section as received and its empty line (which may be missing without a body). What it
   * promises never rejects.
   */
  readonly prepareHeader: (header: Uint8Array) => PreparedHeader | HeaderProblem | LaterHeader;
  /** The reply when a chunk could not be stored. */
  readonly storeFailed: (error: unknown) => Reply;
}

/** Chunks of one message being stored, while the next one fills. */
const MAX_CHUNKS_IN_FLIGHT = 2;
/** Chunk size while memory is short. */
const SHORT_CHUNK_BYTES = 64 * 1024;

export class ContentReceiver {
  readonly #options: ContentOptions;
  readonly #repair = new LineEndingRepair();
  readonly #hash = new RelaxedBodyHash();
  readonly #header = new HeaderCollector();
  readonly #buffer = new ContentBuffer(MAX_CHUNK_BYTES);
  #prepared: PreparedHeader | undefined;
  /** While it is being prepared. */
  #preparing: Promise<void> | undefined;
  /** Octets of the body that arrived before the header section was prepared. */
  #early: Uint8Array[] | undefined;
  #earlyBytes = 0;
  #refusal: Reply | undefined;
  /** The header of a refused message, once it has left `#header`. */
  #refusedHeader: Uint8Array = NO_BYTES;
  #received = 0;
  readonly #upload: ChunkUpload;
  #paused = false;
  // This message's part of the memory in use, and how much of it was transferred.
  #held = 0;
  #givenBytes = 0;

  constructor(options: ContentOptions) {
    this.#options = options;
    this.#upload = new ChunkUpload(options.spool, options.upload, (error) => this.#chunkSettled(error));
  }

  /** A reply means: abort, the client exceeds every limit. The message is then abandoned. */
  push(bytes: Uint8Array): Reply | undefined {
    const { maxMessageBytes } = this.#options;
    this.#received += bytes.length;
    if (this.#received > 2 * maxMessageBytes) {
      this.#refuse(STREAMED_ON);
      return STREAMED_ON;
    }
    if (this.#refusal !== undefined) return undefined;
    if (this.#received > maxMessageBytes) this.#refuse(tooBig(maxMessageBytes));
    else this.#take(this.#repair.push(bytes));
    return undefined;
  }

  /** The end of data. Resolves when every chunk is stored. The content's memory counts until {@link release}. */
  async end(): Promise<ReceivedContent | RefusedContent> {
    if (this.#refusal === undefined) this.#take(this.#repair.end());
    if (this.#prepared === undefined && this.#preparing === undefined && this.#refusal === undefined)
      this.#prepare(this.#header.view(), NO_BYTES);
    if (this.#preparing !== undefined) await this.#preparing;
    if (this.#upload.count > 0) {
      if (this.#refusal === undefined && this.#buffer.length > 0) this.#putChunk();
      await this.#upload.rest();
    }
    return this.#refusal === undefined ? this.#complete() : this.#refused(this.#refusal);
  }

  /** The message was not accepted, or the connection was lost: removes its stored parts. */
  abandon(): void {
    this.#refuse(INTERNAL_ERROR);
    this.release();
  }

  /** The content is in the spool and no longer counts as in memory. */
  release(): void {
    this.#givenBytes = 0;
    this.#refusedHeader = NO_BYTES;
    this.#hold();
  }

  #refused(refusal: Reply): RefusedContent {
    const headers = this.#prepared?.bytes ?? this.#refusedHeader;
    this.#refusedHeader = NO_BYTES;
    this.#hold();
    return { refusal, headers };
  }

  #complete(): ReceivedContent {
    const header = this.#prepared as PreparedHeader;
    const content: NewContent =
      this.#upload.count > 0
        ? { kind: 'chunks', upload: this.#options.upload, chunkCount: this.#upload.count }
        : { kind: 'whole', bytes: this.#buffer.take() };
    if (content.kind === 'whole') this.#givenBytes = content.bytes.length;
    this.#hold();
    return {
      header,
      headerSizeBytes: header.bytes.length,
      sizeBytes: content.kind === 'whole' ? content.bytes.length : this.#upload.storedBytes,
      bodyHash: this.#hash.digest(),
      eightBit: this.#repair.eightBit,
      longestLineOctets: this.#repair.longestLineOctets,
      repaired: this.#repair.repaired,
      content,
    };
  }

  /** `bytes` have correct line ends. */
  #take(bytes: Uint8Array): void {
    const { problem } = this.#repair;
    if (problem !== undefined) this.#refuse(problem === 'nul' ? NUL_IN_MESSAGE : LINE_TOO_LONG);
    else if (this.#prepared !== undefined || this.#preparing !== undefined) this.#addClientBody(bytes);
    else this.#addHeader(bytes);
  }

  #addHeader(bytes: Uint8Array): void {
    const complete = this.#header.push(bytes);
    this.#hold();
    if (complete === undefined) return;
    if (complete === 'too-big') {
      this.#refuse(HEADER_TOO_BIG);
      return;
    }
    this.#prepare(complete.header, complete.body);
    if (complete.rest.length > 0 && this.#refusal === undefined) this.#addClientBody(complete.rest);
  }

  #prepare(header: Uint8Array, body: Uint8Array): void {
    const prepared = this.#options.prepareHeader(header);
    if ('later' in prepared) {
      this.#early = prepared.dropsBody ? undefined : [];
      this.#preparing = prepared.later.then((settled) => this.#goOn(settled));
      this.#keepHeader(header);
      this.#header.clear();
      this.#hold();
      this.#addClientBody(body);
      if (!prepared.dropsBody) this.#pause();
    } else {
      if ('problem' in prepared) this.#keepHeader(header);
      this.#use(prepared, body);
    }
  }

  #goOn(prepared: PreparedHeader | HeaderProblem): void {
    this.#preparing = undefined;
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#earlyBytes = 0;
    if (this.#refusal === undefined) {
      this.#use(prepared, NO_BYTES);
      if (this.#prepared !== undefined) for (const bytes of early) this.#addClientBody(bytes);
    }
    this.#hold();
    this.#resume();
  }

  #use(prepared: PreparedHeader | HeaderProblem, body: Uint8Array): void {
    if ('problem' in prepared) {
      this.#refuse(prepared.problem);
      return;
    }
    this.#prepared = prepared;
    this.#refusedHeader = NO_BYTES;
    this.#buffer.reserve(Math.min(prepared.bytes.length + body.length, MAX_CHUNK_BYTES));
    this.#add(prepared.bytes);
    this.#addBody(prepared.body ?? body);
    this.#header.clear();
    this.#hold();
  }

  /** A replaced body is read and dropped. */
  #addClientBody(bytes: Uint8Array): void {
    if (this.#preparing !== undefined) {
      if (this.#early === undefined) return;
      // A copy: the socket's buffer is reused.
      this.#early.push(Uint8Array.from(bytes));
      this.#earlyBytes += bytes.length;
      this.#hold();
    } else if (this.#prepared?.body === undefined) this.#addBody(bytes);
  }

  #addBody(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#add(bytes);
  }

  #add(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0 && this.#refusal === undefined) {
      const added = this.#buffer.append(rest);
      rest = added === rest.length ? NO_BYTES : rest.subarray(added);
      this.#hold();
      const full = this.#options.memory.short ? SHORT_CHUNK_BYTES : MAX_CHUNK_BYTES;
      // A message that just fits one chunk stays whole.
      if (
        this.#buffer.length >= full &&
        (rest.length > 0 || this.#upload.count > 0 || full < MAX_CHUNK_BYTES)
      )
        this.#putChunk();
    }
    const limit = this.#options.memory.short ? 1 : MAX_CHUNKS_IN_FLIGHT;
    if (this.#upload.inFlight >= limit) this.#pause();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#options.flow.pause();
  }

  #putChunk(): void {
    this.#upload.put(this.#buffer.take());
    this.#hold();
  }

  #chunkSettled(error: unknown): void {
    this.#hold();
    if (error !== undefined) this.#refuse(this.#options.storeFailed(error));
    this.#resume();
  }

  #refuse(refusal: Reply): void {
    if (this.#refusal !== undefined) return;
    this.#refusal = refusal;
    const header = this.#header.view();
    if (header.length > 0 && this.#refusedHeader.length === 0) this.#keepHeader(header);
    this.#header.clear();
    this.#buffer.take();
    this.#early = undefined;
    this.#earlyBytes = 0;
    this.#hold();
    this.#upload.abandon();
    this.#resume();
  }

  /** For the record of the refused message. */
  #keepHeader(header: Uint8Array): void {
    this.#refusedHeader = Uint8Array.from(header.subarray(0, MAX_REFUSED_HEADER_BYTES));
  }

  #resume(): void {
    const waits = this.#upload.inFlight > 0 || this.#preparing !== undefined;
    if (!this.#paused || (waits && this.#refusal === undefined)) return;
    this.#paused = false;
    this.#options.flow.resume();
  }

  #hold(): void {
    const content =
      this.#header.capacity + this.#buffer.capacity + this.#upload.inFlightBytes + this.#givenBytes;
    const now = content + this.#earlyBytes + this.#refusedHeader.length;
    if (now === this.#held) return;
    this.#options.memory.change(now - this.#held);
    this.#held = now;
  }
}

const NO_BYTES = new Uint8Array(0);
