/**
 * "No limit is ever exceeded": every connection and every transaction of a world, counted by each rule that is about it, as
 * the hosts see them begin. What is counted in windows of a minute, an hour or a day counts over the ends of processes; a
 * second, which a process counts in its memory alone, begins anew with the next. A jump of the wall clock begins everything
 * anew.
 */
import type { Promises } from '../promises.ts';
import {
  countOf,
  covers,
  coversPlace,
  knowsByPlace,
  PLANNED_WINDOWS,
  WINDOWS_MS,
  type PlannedRule,
  type PlannedWindow,
  type SeenMail,
  type SeenPlace,
} from './planned-rules.ts';
import { Timeline } from './timeline.ts';

export interface LimitWatchOptions {
  /** In order: those in force. */
  readonly rules: readonly PlannedRule[];
  readonly promises: Promises;
  /** World time. */
  readonly elapsedMs: () => number;
  /** Only what nodes count together, by clocks that may be so far apart. */
  readonly fleetSkewMs?: (() => number) | undefined;
}

/** A connection as the rules count it. */
export interface WatchedConnection {
  begins(mail: SeenMail, recipients: number): void;
  ends(): void;
  closed(): void;
}

/** Clocks have fractions of a millisecond, timers whole ones. */
const ROUNDED_MS = 2;
/** An idle connection is closed by a timer, a QUIT and its reply. */
const CLOSING_MS = 60_000;
const OF_A_PROCESS: readonly PlannedWindow[] = ['second'];

export class LimitWatch {
  readonly counts = { counted: 0, atLimit: 0 };
  readonly #options: LimitWatchOptions;
  readonly #messages = new Map<string, Timeline>();
  readonly #opened = new Map<string, Timeline>();
  readonly #open = new Map<string, number>();
  readonly #begunAtMs = new Map<string, number>();
  /** World time: what a process counts in memory counts from then. */
  #processSinceMs = -Infinity;
  #clockSinceMs = -Infinity;

  constructor(options: LimitWatchOptions) {
    this.#options = options;
  }

  /** The process ended, and with it what it counted in its memory. */
  processEnded(): void {
    this.#processSinceMs = this.#options.elapsedMs();
  }

  clockJumped(): void {
    this.#clockSinceMs = this.#options.elapsedMs();
  }

  /** A connection is being opened at `place`. */
  connectionBegins(place: SeenPlace): WatchedConnection {
    const { rules } = this.#options;
    const openedAtMs = this.#options.elapsedMs();
    const countedBy = new Set<string>();
    const count = (rule: PlannedRule, seen: Partial<SeenMail>) => {
      const name = countOf(rule, seen);
      if (countedBy.has(name)) return;
      countedBy.add(name);
      this.#countConnection(rule, name, openedAtMs);
    };
    for (const rule of rules)
      if (isOfConnections(rule) && knowsByPlace(rule) && coversPlace(rule, place)) count(rule, place);
    let messages = 0;
    let idleSinceMs: number | undefined;
    let idleMs = Infinity;
    return {
      begins: (mail, recipients) => {
        messages++;
        this.#begunAtMs.set(kindOf(mail), this.#options.elapsedMs());
        const matching = rules.filter((rule) => covers(rule, mail));
        for (const rule of matching) {
          if (isOfConnections(rule)) count(rule, mail);
          this.#countMessage(rule, mail);
        }
        this.#checkSingle(matching, messages, recipients);
        this.#checkIdle(idleSinceMs, idleMs);
        idleSinceMs = undefined;
        idleMs = first(matching, ({ idleMs: own }) => own);
      },
      ends: () => (idleSinceMs = this.#options.elapsedMs()),
      closed: () => {
        this.#checkIdle(idleSinceMs, idleMs + CLOSING_MS);
        for (const name of countedBy) this.#open.set(name, (this.#open.get(name) ?? 1) - 1);
        countedBy.clear();
      },
    };
  }

  /** World time at which a message of the same account and stream to the same domain began last. */
  lastBegunAtMs(mail: SeenMail): number {
    return this.#begunAtMs.get(kindOf(mail)) ?? -Infinity;
  }

  /** Whether all limits of messages that `mail` falls under had room all the time since `sinceMs`: half of each at least. */
  hadRoom(mail: SeenMail, sinceMs: number): boolean {
    const nowMs = this.#options.elapsedMs();
    return this.#options.rules.every((rule) => {
      if (!covers(rule, mail)) return true;
      const { messagesPer, connections, connectionsPerMinute } = rule.limits;
      const name = countOf(rule, mail);
      for (const window of PLANNED_WINDOWS) {
        const limit = messagesPer?.[window] ?? Infinity;
        if (limit === Infinity || window === 'second') continue;
        const windowMs = WINDOWS_MS[window];
        // What an ended process had been given is void, and counts until its window has passed.
        if (Math.max(this.#processSinceMs, this.#clockSinceMs) > sinceMs - windowMs) return false;
        const most = this.#messages.get(name)?.mostWithin(windowMs * SLOT_LONGER, sinceMs, nowMs) ?? 0;
        if (2 * most > limit) return false;
      }
      if ((this.#open.get(name) ?? 0) >= (connections ?? Infinity)) return false;
      const opened = this.#opened.get(name)?.mostWithin(WINDOWS_MS.minute, sinceMs, nowMs) ?? 0;
      return opened < (connectionsPerMinute ?? Infinity);
    });
  }

  #countMessage(rule: PlannedRule, mail: SeenMail): void {
    const { messagesPer } = rule.limits;
    if (messagesPer === undefined) return;
    const nowMs = this.#options.elapsedMs();
    const name = countOf(rule, mail);
    const times = timelineOf(this.#messages, name, 2 * WINDOWS_MS.day);
    times.add(nowMs);
    this.counts.counted++;
    for (const window of PLANNED_WINDOWS) {
      const limit = messagesPer[window] ?? Infinity;
      if (limit === Infinity) continue;
      const ofProcess = OF_A_PROCESS.includes(window);
      if (ofProcess && this.#options.fleetSkewMs !== undefined) continue;
      // Windows by clocks that are apart: a window that is shorter by that is counted.
      const windowMs = WINDOWS_MS[window] - ROUNDED_MS - 2 * (this.#options.fleetSkewMs?.() ?? 0);
      const sinceMs = Math.max(this.#clockSinceMs, ofProcess ? this.#processSinceMs : -Infinity);
      const count = times.within(Math.max(nowMs - windowMs, sinceMs), nowMs);
      if (count === limit) this.counts.atLimit++;
      this.#options.promises.holds(
        count <= limit,
        `${count} messages in a ${window} of ${name}, ${limit} may be`,
      );
    }
  }

  #countConnection(rule: PlannedRule, name: string, openedAtMs: number): void {
    const { promises, fleetSkewMs } = this.#options;
    const open = (this.#open.get(name) ?? 0) + 1;
    this.#open.set(name, open);
    const times = timelineOf(this.#opened, name, 2 * WINDOWS_MS.minute);
    times.add(openedAtMs);
    if (fleetSkewMs !== undefined) return;
    const { connections = Infinity, connectionsPerMinute = Infinity } = rule.limits;
    this.counts.counted++;
    promises.holds(open <= connections, `${open} connections at once of ${name}, ${connections} may be`);
    const sinceMs = Math.max(openedAtMs - WINDOWS_MS.minute + ROUNDED_MS, this.#clockSinceMs);
    const opened = times.within(sinceMs, openedAtMs);
    promises.holds(
      opened <= connectionsPerMinute,
      `${opened} new connections in a minute of ${name}, ${connectionsPerMinute} may be`,
    );
  }

  #checkSingle(matching: readonly PlannedRule[], messages: number, recipients: number): void {
    const { promises } = this.#options;
    const perConnection = first(matching, ({ messagesPerConnection }) => messagesPerConnection);
    const perTransaction = first(matching, ({ recipientsPerTransaction }) => recipientsPerTransaction);
    const names = matching.map(({ name }) => name).join(', ');
    promises.holds(
      messages <= perConnection,
      `${messages} messages on a connection under ${names}, ${perConnection} may be`,
    );
    promises.holds(
      recipients <= perTransaction,
      `${recipients} recipients in a transaction under ${names}, ${perTransaction} may be`,
    );
  }

  #checkIdle(sinceMs: number | undefined, idleMs: number): void {
    if (sinceMs === undefined) return;
    const unusedMs = this.#options.elapsedMs() - sinceMs;
    this.#options.promises.holds(
      unusedMs <= idleMs + ROUNDED_MS,
      `a connection was unused for ${Math.round(unusedMs)} ms, ${idleMs} may be`,
    );
  }
}

/** What is given out in a slot of a window counts until the end of the slot. */
const SLOT_LONGER = 61 / 60;

/** Mail that the same rules are about. */
export function kindOf({ domain, account, stream }: SeenMail): string {
  return `${domain} ${account} ${stream}`;
}

/** What connections are counted by at all. */
function isOfConnections({ limits }: PlannedRule): boolean {
  return limits.connections !== undefined || limits.connectionsPerMinute !== undefined;
}

/** Of the first rule that says so; without one, no limit. */
function first(
  rules: readonly PlannedRule[],
  of: (limits: PlannedRule['limits']) => number | undefined,
): number {
  for (const { limits } of rules) {
    const value = of(limits);
    if (value !== undefined) return value;
  }
  return Infinity;
}

function timelineOf(all: Map<string, Timeline>, name: string, keptMs: number): Timeline {
  let times = all.get(name);
  if (times === undefined) {
    times = new Timeline(keptMs);
    all.set(name, times);
  }
  return times;
}
