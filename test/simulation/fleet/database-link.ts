/**
 * The server's end of one connection: octets go to the real PostgreSQL and come back. Knows how many requests are without
 * their answer, and whether a transaction is open. Times that a transaction asks to be limited to are those of the world: what
 * it says is kept here, and the server, which would count real ones, is told of none.
 */
import net from 'node:net';
import { WireMessages } from './wire-messages.ts';

export interface LinkLimits {
  readonly statementMs: number | undefined;
  readonly idleMs: number | undefined;
}

/** Requests end with one of these; each is answered by one ReadyForQuery. */
const REQUEST_ENDS = new Set(['startup', 'Q', 'S']);
/** Named by their text, so the same on every connection. */
const CLOCK_STATEMENTS = new Set<string>();
const LIMIT = /(statement_timeout|idle_in_transaction_session_timeout) = (\d+)/g;

export class DatabaseLink {
  readonly #socket: net.Socket;
  readonly #requests: WireMessages;
  readonly #answers: WireMessages;
  #unanswered = 0;
  #gathered: Buffer[] = [];
  #status = 'I';
  #onChange: () => void = () => undefined;
  readonly #limits = new Map<string, number>();
  #pid = 0;
  #closed = false;
  /** Statements that ask for the time. */
  #asked = 0;
  /** It waits for the transaction of another: the world goes on meanwhile. */
  waits = false;
  /** It renews leases (store/postgres/fleet/fleet.ts). */
  isLease = false;
  /** COMMITs that came by. */
  commits = 0;
  /** Requests so far. */
  requests = 0;

  constructor(socketPath: string) {
    this.#requests = new WireMessages((type, body) => this.#request(type, body), { untypedFirst: true });
    this.#answers = new WireMessages((type, body) => this.#answer(type, body), { untypedFirst: false });
    this.#socket = net.connect(socketPath);
    this.#socket.on('data', (octets) => {
      this.#gathered.push(octets);
      this.#answers.push(octets);
      this.#onChange();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#onChange();
    });
  }

  /** Of the server's process; 0: it has not said so yet. */
  get pid(): number {
    return this.#pid;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Every request has its answer, or never gets one. */
  get quiet(): boolean {
    return this.#closed || this.#unanswered === 0;
  }

  get inTransaction(): boolean {
    return this.#status !== 'I';
  }

  /** Of the transaction that is open. */
  get limits(): LinkLimits {
    const of = (name: string) => this.#limits.get(name) || undefined;
    return { statementMs: of('statement_timeout'), idleMs: of('idle_in_transaction_session_timeout') };
  }

  /** To the server; before that `beforeClock` where it asks for the time. */
  async write(octets: Buffer, beforeClock: () => Promise<void>): Promise<void> {
    const before = this.#asked;
    this.#requests.push(octets);
    if (this.#asked > before) await beforeClock();
    this.#socket.write(withoutLimits(octets));
  }

  /** Takes what the server has said. */
  take(): Buffer {
    return Buffer.concat(this.#gathered.splice(0));
  }

  /** As the end of a process, or a reset, closes it. */
  close(): void {
    this.#socket.destroy();
  }

  /**
   * Resolves when {@link quiet}, or after `limitMs` of real time, when it is time to ask the server what the link waits for:
   * the server is a process, and tells nobody that a statement has begun to wait. The answer decides, and not the time.
   */
  settled(limitMs: number): Promise<void> {
    if (this.quiet) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#onChange = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      this.#onChange = () => {
        if (this.quiet) done();
      };
    });
  }

  #request(type: string, body: Buffer): void {
    if (REQUEST_ENDS.has(type)) {
      this.#unanswered++;
      this.requests++;
    }
    if (type === 'startup') this.isLease = body.includes(' lease\0');
    if (type === 'P' || type === 'B') this.#statement(type, body);
    if (type !== 'Q') return;
    const text = body.toString('latin1');
    if (text.startsWith('COMMIT')) this.commits++;
    if (text.startsWith('BEGIN')) this.#limits.clear();
    for (const [, name = '', value] of text.matchAll(LIMIT)) this.#limits.set(name, Number(value));
  }

  /** Parse: name and text. Bind: portal and name. */
  #statement(type: string, body: Buffer): void {
    const [first = '', second = ''] = body.toString('latin1').split('\0', 2);
    if (type === 'P' && second.includes('_timestamp()')) CLOCK_STATEMENTS.add(first);
    if (CLOCK_STATEMENTS.has(type === 'P' ? first : second)) this.#asked++;
  }

  #answer(type: string, body: Buffer): void {
    if (type === 'K') this.#pid = body.readInt32BE(0);
    if (type !== 'Z') return;
    this.#unanswered--;
    this.#status = String.fromCharCode(body[0] as number);
  }
}

function withoutLimits(octets: Buffer): Buffer {
  const text = octets.toString('latin1');
  if (!text.includes('_timeout = ')) return octets;
  const zeroed = text.replace(
    LIMIT,
    (_all, name: string, value: string) => `${name} = ${'0'.repeat(value.length)}`,
  );
  return Buffer.from(zeroed, 'latin1');
}
