/**
 * The parts of a large message on their way into the spool, one chunk after the other. An upload that is abandoned is removed
 * after its last chunk in flight, so that none follows.
 */
import type { Spool } from '../store/spool.ts';

export class ChunkUpload {
  readonly #spool: Pick<Spool, 'putChunk' | 'abandonUpload'>;
  readonly #name: string;
  readonly #onSettled: (error: unknown) => void;
  #count = 0;
  #inFlight = 0;
  #inFlightBytes = 0;
  #storedBytes = 0;
  #abandoned = false;
  #wakeRest: (() => void) | undefined;

  /** `onSettled`: a chunk is stored, or `error` says why it is not. */
  constructor(
    spool: Pick<Spool, 'putChunk' | 'abandonUpload'>,
    name: string,
    onSettled: (error: unknown) => void,
  ) {
    this.#spool = spool;
    this.#name = name;
    this.#onSettled = onSettled;
  }

  /** Chunks put so far. */
  get count(): number {
    return this.#count;
  }

  /** Chunks that are not stored yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Octets of all chunks. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  put(bytes: Uint8Array<ArrayBuffer>): void {
    const { length } = bytes;
    this.#inFlight++;
    this.#inFlightBytes += length;
    this.#storedBytes += length;
    const settled = (error?: unknown) => {
      this.#inFlight--;
      this.#inFlightBytes -= length;
      this.#onSettled(error);
      if (this.#abandoned) this.#remove();
      this.#wakeRest?.();
    };
    this.#spool.putChunk(this.#name, this.#count++, bytes).then(
      () => settled(),
      (error: unknown) => settled(error ?? new Error('rejected without a reason')),
    );
  }

  /** Resolves when nothing is in flight. */
  async rest(): Promise<void> {
    while (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#wakeRest = resolve));
  }

  abandon(): void {
    this.#abandoned = true;
    this.#remove();
  }

  #remove(): void {
    if (this.#inFlight > 0 || this.#count === 0) return;
    this.#count = 0;
    // An orphan that cannot be removed now is removed at the next start.
    this.#spool.abandonUpload(this.#name).catch(() => undefined);
  }
}
