/**
 * The limits of a mailbox provider, for fake MX hosts that count together: connections at once and in a minute, messages on
 * a connection and in a window, and nothing for a while after too many violations. Counted for each client address, as
 * providers do, and in any window, not in those that begin with the clock's minute. Everything is kept for the test to look
 * at: what was refused, when and why, and when each message began.
 */
import { systemClock, type Clock } from '../../src/platform/clock.ts';

export interface ProviderLimitsOptions {
  readonly clock?: Clock;
  /** Open at once. */
  readonly connections?: number;
  readonly connectionsPerMinute?: number;
  readonly messagesPerConnection?: number;
  /** Messages that begin in any window of that length. */
  readonly messages?: { readonly count: number; readonly windowMs: number };
  /** How a message too many is refused. 421 ends the connection; 450 says how long to wait. Default 421. */
  readonly code?: 421 | 450;
  /** After so many violations in a minute nothing is taken `forMs`. */
  readonly suspends?: { readonly violations: number; readonly forMs: number };
}

export type ViolationKind =
  'connections' | 'connections-per-minute' | 'messages-per-connection' | 'messages' | 'suspended';

export interface Violation {
  /** Of the limits' clock, epoch milliseconds. */
  readonly atMs: number;
  readonly client: string;
  readonly kind: ViolationKind;
}

/** A connection, as the provider counts it. */
export interface CountedConnection {
  /** The refusal of a command (`GREETING` is one), if it is refused. */
  answer(command: string): string | undefined;
  closed(): void;
}

/** What is remembered of a client. */
interface Client {
  open: number;
  readonly openedAtMs: number[];
  readonly begunAtMs: number[];
  readonly violationsAtMs: number[];
  suspendedUntilMs: number;
}

const MINUTE_MS = 60_000;

export class ProviderLimits {
  /** In the order in which they happened. */
  readonly violations: Violation[] = [];
  readonly #clock: Clock;
  readonly #clients = new Map<string, Client>();
  #options: ProviderLimitsOptions;

  constructor(options: ProviderLimitsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Other limits from now on; what was counted stays. */
  change(options: Omit<ProviderLimitsOptions, 'clock'>): void {
    this.#options = options;
  }

  /** When each message of `client` began that was not refused, epoch milliseconds. */
  begunAtMs(client: string): readonly number[] {
    return this.#clients.get(client)?.begunAtMs ?? [];
  }

  /** A connection was made to any of the provider's hosts. */
  opened(client: string): CountedConnection {
    const counted = this.#client(client);
    counted.open++;
    counted.openedAtMs.push(this.#clock.now());
    let messages = 0;
    let open = true;
    return {
      answer: (command) => {
        if (command === 'GREETING') return this.#greet(client, counted);
        if (!/^MAIL/i.test(command)) return undefined;
        const refusal = this.#mail(client, counted, messages);
        if (refusal !== undefined) return refusal;
        messages++;
        counted.begunAtMs.push(this.#clock.now());
        return undefined;
      },
      closed: () => {
        if (open) counted.open--;
        open = false;
      },
    };
  }

  #greet(name: string, client: Client): string | undefined {
    const { connections = Infinity, connectionsPerMinute = Infinity } = this.#options;
    const waitMs = client.suspendedUntilMs - this.#clock.now();
    if (waitMs > 0)
      return this.#refuse(name, client, 'suspended', `421 4.7.0 suspended, ${comeBack(waitMs)}`);
    if (client.open > connections)
      return this.#refuse(name, client, 'connections', `421 4.7.0 too many connections from ${name}`);
    if (this.#since(client.openedAtMs, MINUTE_MS).length > connectionsPerMinute)
      return this.#refuse(
        ...([name, client, 'connections-per-minute'] as const),
        '421 4.7.0 connection rate limit exceeded',
      );
    return undefined;
  }

  #mail(name: string, client: Client, before: number): string | undefined {
    const { messagesPerConnection = Infinity, messages, code = 421 } = this.#options;
    const nowMs = this.#clock.now();
    const waitMs = client.suspendedUntilMs - nowMs;
    if (waitMs > 0)
      return this.#refuse(name, client, 'suspended', `421 4.7.0 suspended, ${comeBack(waitMs)}`);
    if (before >= messagesPerConnection)
      return this.#refuse(
        ...([name, client, 'messages-per-connection'] as const),
        '421 4.7.0 too many messages on this connection',
      );
    if (messages === undefined) return undefined;
    const begun = this.#since(client.begunAtMs, messages.windowMs);
    if (begun.length < messages.count) return undefined;
    const oldestMs = begun[begun.length - messages.count] ?? nowMs;
    const text =
      code === 421
        ? `421 4.7.28 unusual rate of mail from ${name}`
        : `450 4.7.1 rate limit exceeded, ${comeBack(oldestMs + messages.windowMs - nowMs)}`;
    return this.#refuse(name, client, 'messages', text);
  }

  #refuse(name: string, client: Client, kind: ViolationKind, reply: string): string {
    const atMs = this.#clock.now();
    this.violations.push({ atMs, client: name, kind });
    client.violationsAtMs.push(atMs);
    const { suspends } = this.#options;
    if (suspends === undefined || client.suspendedUntilMs > atMs) return reply;
    if (this.#since(client.violationsAtMs, MINUTE_MS).length >= suspends.violations)
      client.suspendedUntilMs = atMs + suspends.forMs;
    return reply;
  }

  #client(name: string): Client {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = { open: 0, openedAtMs: [], begunAtMs: [], violationsAtMs: [], suspendedUntilMs: -Infinity };
      this.#clients.set(name, client);
    }
    return client;
  }

  #since(timesMs: readonly number[], windowMs: number): readonly number[] {
    const sinceMs = this.#clock.now() - windowMs;
    return timesMs.slice(timesMs.findLastIndex((atMs) => atMs <= sinceMs) + 1);
  }
}

/** The most of `timesMs`, in ascending order, that are in any window of that length. */
export function mostInAWindow(timesMs: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [at, timeMs] of timesMs.entries()) {
    while ((timesMs[first] ?? Infinity) <= timeMs - windowMs) first++;
    most = Math.max(most, at - first + 1);
  }
  return most;
}

function comeBack(waitMs: number): string {
  return `try again in ${Math.max(1, Math.ceil(waitMs / 1_000))} seconds`;
}
