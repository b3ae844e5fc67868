/**
 * Notes messages that do not fit their stream (policy/stream-fit.ts), for the store to keep (upkeep/misfit-memory.ts). Bodies that are
 * equal are counted in memory of this process, of the last hour; a fleet counts on each node.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import { EQUAL_BODIES_WITHIN_MS, misfitsOf } from '../policy/stream-fit.ts';
import type { FoundMisfits } from '../store/directory.ts';
import type { MessageFacts } from '../store/message-records.ts';
import type { ChosenStream } from './stream-choice.ts';

/** The least recently seen are forgotten first. */
const BODIES = 4_096;
/** Kinds of misfits in streams, until they are written. */
const MOST_PENDING = 1_000;

interface Counted {
  readonly sinceMs: number;
  count: number;
}

export class StreamFitWatch {
  readonly #bodies = new BoundedTable<Counted>(BODIES);
  readonly #pending = new Map<string, FoundMisfits>();

  /** Of a message that is about to be stored. `isListMail`: see FitFacts. */
  note(
    { accountId, stream: name, bodyHash, headerFrom, id, acceptedAtMs }: MessageFacts,
    { kind, subdomain }: ChosenStream,
    isListMail: boolean,
  ): void {
    const domain = headerFrom.slice(headerFrom.lastIndexOf('@') + 1);
    const equalBodies =
      kind === 'transactional' ? this.#count(`${accountId} ${name} ${bodyHash}`, acceptedAtMs) : 1;
    for (const misfit of misfitsOf({ kind, subdomain, isListMail, domain, equalBodies })) {
      const key = `${accountId} ${name} ${misfit}`;
      const before = this.#pending.get(key);
      if (before === undefined && this.#pending.size >= MOST_PENDING) continue;
      const messages = (before?.messages ?? 0) + 1;
      const of = { accountId, stream: name, misfit };
      this.#pending.set(key, { ...of, lastAtMs: acceptedAtMs, messages, exampleId: id });
    }
  }

  /** What was not taken yet. */
  take(): readonly FoundMisfits[] {
    const taken = [...this.#pending.values()];
    this.#pending.clear();
    return taken;
  }

  #count(key: string, nowMs: number): number {
    const counted = this.#bodies.get(key);
    if (counted !== undefined && nowMs - counted.sinceMs < EQUAL_BODIES_WITHIN_MS) return ++counted.count;
    this.#bodies.set(key, { sinceMs: nowMs, count: 1 });
    return 1;
  }
}
