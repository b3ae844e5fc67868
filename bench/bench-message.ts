/**
 * The message that the load generator sends and the sink recognises. One header field carries the run, the number
 * of the message in it and the time at which work on it began, in fixed columns, so that stamping one is writing
 * digits into a prebuilt buffer and reading one is slicing.
 */

const FIELD = 'X-Bench: ';
const RUN_DIGITS = 6;
const SEQUENCE_DIGITS = 8;
const TIME_DIGITS = 16;
const STAMP_LENGTH = RUN_DIGITS + 1 + SEQUENCE_DIGITS + 1 + TIME_DIGITS;

/** What {@link findStamp} looks for at the start of a line. */
export const STAMP_MARK = Buffer.from(`\r\n${FIELD}`);

export interface Stamp {
  /** Number of the run, so that stragglers of the run before are told apart. */
  readonly run: number;
  readonly sequence: number;
  /** On the clock of `monotonicUs`. */
  readonly startedAtUs: number;
}

/** A message of `sizeBytes` octets with CRLF line ends, 7-bit, nothing to dot-stuff. */
export class BenchMessage {
  readonly sizeBytes: number;
  readonly #header: Buffer;
  readonly #stampAt: number;
  /** Body, then the end-of-data line. */
  readonly #rest: Buffer;

  constructor(options: { sizeBytes: number; from: string; to: string }) {
    const header = [
      `From: Load Generator <${options.from}>`,
      `To: ${options.to}`,
      'Subject: Your order 4711 has shipped',
      'Date: Tue, 03 Nov 2026 10:00:00 +0000',
      // Every message has the same one: nothing on the way may depend on it, and stamping stays cheap.
      'Message-ID: <bench@load-generator.example>',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 7bit',
      `${FIELD}${'0'.repeat(STAMP_LENGTH)}`,
      '',
      '',
    ].join('\r\n');
    this.#header = Buffer.from(header, 'latin1');
    this.#stampAt = header.indexOf(FIELD) + FIELD.length;
    this.sizeBytes = Math.max(options.sizeBytes, this.#header.length + 2);
    this.#rest = Buffer.concat([body(this.sizeBytes - this.#header.length), Buffer.from('.\r\n')]);
  }

  /** The octets to send after 354. The second buffer is shared by all messages. */
  stamped(stamp: Stamp): readonly [Buffer, Buffer] {
    const header = Buffer.from(this.#header);
    header.write(stampText(stamp), this.#stampAt, 'latin1');
    return [header, this.#rest];
  }
}

/** The same message as a request to `POST /v1/send`: the stamp is a header field there, too. */
export class HttpBenchMessage {
  readonly #head: Buffer;
  readonly #stampAt: number;
  readonly #rest: Buffer;

  constructor(options: { sizeBytes: number; from: string; to: string; host: string; key: string }) {
    const { from, to, host, key } = options;
    // What the composed message has beside its text, so that both are about as large in the spool.
    const text = body(Math.max(2, options.sizeBytes - 350)).toString('latin1');
    const field = `{"headers":{"X-Bench":"${'0'.repeat(STAMP_LENGTH)}"},`;
    const rest = JSON.stringify({
      from: `Load Generator <${from}>`,
      to,
      subject: 'Your order 4711 has shipped',
      text: text.replaceAll('\r\n', '\n'),
    }).slice(1);
    const head = [
      'POST /v1/send HTTP/1.1',
      `Host: ${host}`,
      `Authorization: Bearer ${key}`,
      'Content-Type: application/json',
      `Content-Length: ${field.length + Buffer.byteLength(rest)}`,
      '',
      field,
    ].join('\r\n');
    this.#head = Buffer.from(head, 'latin1');
    this.#stampAt = head.indexOf('"X-Bench":"') + '"X-Bench":"'.length;
    this.#rest = Buffer.from(rest);
  }

  /** The whole request. The second buffer is shared by all. */
  stamped(stamp: Stamp): readonly [Buffer, Buffer] {
    const head = Buffer.from(this.#head);
    head.write(stampText(stamp), this.#stampAt, 'latin1');
    return [head, this.#rest];
  }
}

/** Finds the stamp of a message in `bytes`, which hold its header; `undefined` when it is not (wholly) there. */
export function findStamp(bytes: Buffer, from: number): Stamp | undefined {
  const mark = bytes.indexOf(STAMP_MARK, from);
  if (mark === -1) return undefined;
  const at = mark + STAMP_MARK.length;
  if (bytes.length < at + STAMP_LENGTH) return undefined;
  const [run, sequence, startedAtUs] = bytes
    .toString('latin1', at, at + STAMP_LENGTH)
    .split('-')
    .map(Number);
  if (run === undefined || sequence === undefined || startedAtUs === undefined) return undefined;
  return { run, sequence, startedAtUs };
}

function stampText({ run, sequence, startedAtUs }: Stamp): string {
  return `${digits(run, RUN_DIGITS)}-${digits(sequence, SEQUENCE_DIGITS)}-${digits(startedAtUs, TIME_DIGITS)}`;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** `sizeBytes` octets of prose in lines of 76 characters and CRLF; the last line takes what is left. */
function body(sizeBytes: number): Buffer {
  const line = 'The quick brown fox jumps over the lazy dog while the parcel is on its way.';
  const whole = `${line.padEnd(76, '!')}\r\n`;
  const text = whole.repeat(Math.ceil(sizeBytes / whole.length)).slice(0, Math.max(0, sizeBytes - 2));
  // Cutting may leave half a line end; the text must not hold a bare CR or LF.
  return Buffer.from(`${text.endsWith('\r') ? `${text.slice(0, -1)}!` : text}\r\n`, 'latin1');
}
