/**
 * What an operator has suspended: destinations, sources, accounts. The store hands out nothing of a suspended destination and
 * holds mail of a suspended account; this is for what delivery has in its hands, and for the choice of sources. Read from the
 * store again and again: while it cannot be read, what was read last stays.
 */
import type { Log } from '../../platform/log.ts';
import type { ShapingReader, Suspension, SuspensionKind } from '../../store/shaping.ts';

/** An entry, or a claim. */
export interface SuspendableMail {
  readonly destination: { readonly name: string };
  readonly facts: { readonly accountId: string };
}

export interface SuspendedOptions {
  readonly reader: Pick<ShapingReader, 'suspensions'>;
  readonly log: Log;
}

/** Asked before a message begins. */
export interface OperatorsSuspensions {
  /** Of its destination or its account. */
  holds(mail: SuspendableMail): boolean;
  source(name: string): Suspension | undefined;
  /** Reads it now: the store hands out nothing that is suspended, so what was read may be old. Never rejects. */
  refresh(): Promise<void>;
  /** Something was suspended: what is in hand is to be let go. */
  onSuspended(listener: () => void): void;
  /** These sources are resumed: what waits for them may go. */
  onResumed(listener: (sources: readonly string[]) => void): void;
}

export const NOTHING_SUSPENDED: OperatorsSuspensions = {
  holds: () => false,
  source: () => undefined,
  refresh: () => Promise.resolve(),
  onSuspended: () => undefined,
  onResumed: () => undefined,
};

export class Suspended implements OperatorsSuspensions {
  readonly #options: SuspendedOptions;
  readonly #listeners: (() => void)[] = [];
  readonly #resumedListeners: ((sources: readonly string[]) => void)[] = [];
  #suspensions: ReadonlyMap<string, Suspension> = new Map();
  #reading: Promise<void> | undefined;

  constructor(options: SuspendedOptions) {
    this.#options = options;
  }

  holds({ destination, facts }: SuspendableMail): boolean {
    if (this.#suspensions.size === 0) return false;
    return (
      this.#suspensions.has(keyOf('destination', destination.name)) ||
      this.#suspensions.has(keyOf('account', facts.accountId))
    );
  }

  source(name: string): Suspension | undefined {
    return this.#suspensions.size === 0 ? undefined : this.#suspensions.get(keyOf('source', name));
  }

  onSuspended(listener: () => void): void {
    this.#listeners.push(listener);
  }

  onResumed(listener: (sources: readonly string[]) => void): void {
    this.#resumedListeners.push(listener);
  }

  /** Never rejects; whoever asks meanwhile waits for the same answer. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    let rows: readonly Suspension[];
    try {
      rows = await this.#options.reader.suspensions();
    } catch (error) {
      this.#options.log.debug('suspensions not read', { reason: String(error) });
      return;
    }
    const before = this.#suspensions;
    if (rows.length === 0 && before.size === 0) return;
    this.#suspensions = new Map(rows.map((row) => [keyOf(row.kind, row.subject), row] as const));
    const isNew = rows.some(({ kind, subject }) => !before.has(keyOf(kind, subject)));
    if (isNew) for (const listener of this.#listeners) listener();
    const resumed = [...before.values()].filter(
      ({ kind, subject }) => kind === 'source' && this.source(subject) === undefined,
    );
    const sources = resumed.map(({ subject }) => subject);
    if (sources.length > 0) for (const listener of this.#resumedListeners) listener(sources);
  }
}

function keyOf(kind: SuspensionKind, subject: string): string {
  return `${kind} ${subject}`;
}
