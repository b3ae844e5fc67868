/**
 * What a client sends, as command lines and as the content of messages. Stands in for smtp-server's own parser behind
 * the same members (3.21.6): that one looks at every octet of a message in JavaScript, and passes it on through two
 * more streams, which costs more than everything else that is done with a message of 50 KiB.
 *
 * Commands are given one at a time; the next one waits until the one before is answered. Bytes come by `pipe()`, so
 * `write()` says false while nothing more is wanted and 'drain' comes when it is. What has to wait for the connection's
 * turn (fair-turns.ts) goes back to where it was read from, so all that comes after it comes after it: more octets, the
 * end, an error. A client that has closed its side hears all answers first. RFC 5321 §2.3.8, RFC 2920.
 */
import { Duplex, type Readable } from 'node:stream';
import { SMTPStream } from 'smtp-server/lib/smtp-stream';
import { DataReader } from './end-of-data.ts';
import type { ConnectionTurns } from './fair-turns.ts';

/** Receives the content of one message. */
export interface DataReceiver {
  take(bytes: Buffer): void;
  /** The end of data was read. Later input is not parsed before {@link DialogueParser.continue}. */
  end(): void;
}

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);
/** Commands answered at once. The envelope of a common message has three. */
const COMMANDS_A_PIECE = 20;

export class DialogueParser extends SMTPStream {
  #input: Buffer = NOTHING;
  #running = false;
  /** A command or a message waits for its reply. */
  #busy = false;
  #paused = false;
  /** `write()` returned false. */
  #full = false;
  #receiver: DataReceiver | undefined;
  #reader = new DataReader();
  #source: Readable | undefined;
  /** The client has closed its side. */
  #ended = false;
  readonly #openTurns: (serve: () => void) => ConnectionTurns;
  #turns: ConnectionTurns | undefined;
  /** Its turn has come: pushed-back input arrives again. */
  #myTurn = false;
  readonly #take = (bytes: Buffer): void => this.#receiver?.take(bytes);

  /** `openTurns` is called with the first octets. */
  constructor(openTurns: (serve: () => void) => ConnectionTurns) {
    super();
    this.#openTurns = openTurns;
    this.on('pipe', (source: Readable) => {
      this.#source = source;
      // Else its end, which may be read together with the last commands, would end what is written too.
      if (source instanceof Duplex) source.allowHalfOpen = true;
    });
  }

  /** The client has closed its side, and all that came before is answered. */
  onanswered: () => void = () => undefined;

  /** Input is present that is not a whole command or waits for its turn. */
  get hasInput(): boolean {
    return this.#input.length > 0 || this.waitsForTurn;
  }

  /** The client waits for the server. */
  get waitsForTurn(): boolean {
    return this.#turns?.waits() === true;
  }

  /** Stops reading and drops waiting input. */
  retire(): void {
    this.isClosed = true;
    this.#input = NOTHING;
    this.#turns?.close();
    this.#turns = undefined;
  }

  /** The input after the commands read so far is content, up to the end of data. */
  receive(receiver: DataReceiver): void {
    this._dataMode = true;
    this.#receiver = receiver;
    this.#reader = new DataReader();
  }

  /** The message was answered: continue with the next command. */
  override continue(): void {
    if (!this.isClosed) this.#turns?.count();
    this.#goOn();
  }

  pauseData(): void {
    this.#paused = true;
  }

  resumeData(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#run();
    this.#drain();
    this.#lookForEnd();
  }

  override write(chunk: Buffer): boolean {
    if (this.isClosed) return true;
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    this.#run();
    this.#full = this.#wantsNoMore();
    return !this.#full;
  }

  /** A last command without its line end counts, as in the library, once all before it are answered. */
  override end(): this {
    this.#ended = true;
    this.#run();
    this.#lookForEnd();
    return this;
  }

  #mayRun(): boolean {
    return !this.isClosed && !this.#busy && !this.#paused && this.#input.length > 0;
  }

  #run(): void {
    if (this.#running || !this.#mayRun()) return;
    this.#turns ??= this.#openTurns(() => this.#serve());
    if (this.#myTurn || this.#turns.begin()) this.#readPiece();
    else this.#returnInput();
  }

  #returnInput(): void {
    const source = this.#source;
    if (source === undefined || source.readableEnded || source.destroyed) return;
    source.pause();
    source.unshift(this.#input);
    this.#input = NOTHING;
  }

  #serve(): void {
    if (this.#input.length > 0) this.#readPiece();
    else this.#myTurn = true;
    this.#drain();
    // If write() never returned false, nobody waits for 'drain'.
    if (this.#myTurn && this.#source?.isPaused() === true) this.#source.resume();
    this.#lookForEnd();
  }

  #readPiece(): void {
    this.#running = true;
    this.#myTurn = false;
    try {
      for (let commands = 0; this.#mayRun(); commands++) {
        if (commands === COMMANDS_A_PIECE) {
          this.#turns?.yield();
          this.#returnInput();
          break;
        }
        if (!(this._dataMode ? this.#readData() : this.#readCommand())) break;
      }
    } finally {
      this.#running = false;
    }
    if (this.isClosed) this.#input = NOTHING;
  }

  #readData(): boolean {
    const bytes = this.#input;
    if (bytes.length === 0) return false;
    this.#input = NOTHING;
    const end = this.#reader.push(bytes, this.#take);
    if (end < 0) return false;
    this.#input = bytes.subarray(end);
    this._dataMode = false;
    this.#busy = true;
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.end();
    return true;
  }

  #readCommand(): boolean {
    const end = this.#input.indexOf(LF);
    const length = end > 0 && this.#input[end - 1] === CR ? end - 1 : end;
    if ((end < 0 ? this.#input.length : length) > this._maxCommandLength) {
      this.#input = NOTHING;
      this.emit('error', this._commandTooLong());
      return false;
    }
    if (end < 0 && !this.#ended) return false;
    const line = end < 0 ? this.#input : this.#input.subarray(0, length);
    this.#input = end < 0 ? NOTHING : this.#input.subarray(end + 1);
    this.#busy = true;
    this.oncommand(line, () => this.#goOn());
    return true;
  }

  #goOn(): void {
    this.#busy = false;
    // Answered synchronously: the calling loop continues.
    if (this.#running) return;
    this.#run();
    this.#drain();
    this.#lookForEnd();
  }

  #lookForEnd(): void {
    if (!this.#ended || this.isClosed || this.#wantsNoMore()) return;
    this.#ended = false;
    this.onanswered();
  }

  #drain(): void {
    if (!this.#full || this.#wantsNoMore()) return;
    this.#full = false;
    this.emit('drain');
  }

  #wantsNoMore(): boolean {
    return !this.isClosed && (this.#busy || this.#paused || this.waitsForTurn);
  }
}
