/**
 * What a client sends, as command lines and as the content of messages. Stands in for smtp-server's own parser behind
 * the same members (3.21.6): that one looks at every octet of a message in JavaScript, and passes it on through two
 * more streams, which costs more than everything else that is done with a message of 50 KiB.
 *
 * Commands are given one at a time; the next one waits until the one before is answered. Bytes come by `pipe()`, so
 * `write()` says false while nothing more is wanted and 'drain' comes when it is. RFC 5321 §2.3.8, RFC 2920.
 */
import { SMTPStream } from 'smtp-server/lib/smtp-stream';
import { DataReader } from './end-of-data.ts';

/** Takes the content of one message. */
export interface DataReceiver {
  take(bytes: Buffer): void;
  /** The end of data was read. Nothing that follows is looked at before {@link DialogueParser.continue}. */
  end(): void;
}

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);
/** Commands answered at once before others get a turn. */
const COMMANDS_A_TURN = 100;

export class DialogueParser extends SMTPStream {
  #input: Buffer = NOTHING;
  #running = false;
  /** A command, or a message, waits for its answer. */
  #busy = false;
  #paused = false;
  /** `write()` said false. */
  #full = false;
  #receiver: DataReceiver | undefined;
  #reader = new DataReader();
  readonly #take = (bytes: Buffer): void => this.#receiver?.take(bytes);

  /** Something came that is not a whole command, or waits for its turn. */
  get hasInput(): boolean {
    return this.#input.length > 0;
  }

  /** What follows the commands read so far is content, up to the end of data. */
  receive(receiver: DataReceiver): void {
    this._dataMode = true;
    this.#receiver = receiver;
    this.#reader = new DataReader();
  }

  /** The message was answered: on with what follows it. */
  override continue(): void {
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
  }

  override write(chunk: Buffer): boolean {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
    this.#run();
    this.#full = this.#wantsNoMore();
    return !this.#full;
  }

  /** A last command without its line end counts as one, as with the library. */
  override end(): this {
    if (!this.isClosed && !this._dataMode && !this.#busy && this.#input.length > 0) {
      const line = this.#input;
      this.#input = NOTHING;
      this.oncommand(line);
    }
    return this;
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let commands = 0; !this.isClosed && !this.#busy && !this.#paused; commands++) {
        if (commands === COMMANDS_A_TURN) {
          this.#busy = true;
          setImmediate(() => this.#goOn());
        } else if (!(this._dataMode ? this.#readData() : this.#readCommand())) break;
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
    if (end < 0) return false;
    const line = this.#input.subarray(0, length);
    this.#input = this.#input.subarray(end + 1);
    this.#busy = true;
    this.oncommand(line, () => this.#goOn());
    return true;
  }

  #goOn(): void {
    this.#busy = false;
    // Answered at once: the loop that asked goes on.
    if (this.#running) return;
    this.#run();
    this.#drain();
  }

  #drain(): void {
    if (!this.#full || this.#wantsNoMore()) return;
    this.#full = false;
    this.emit('drain');
  }

  #wantsNoMore(): boolean {
    return !this.isClosed && (this.#busy || this.#paused);
  }
}
