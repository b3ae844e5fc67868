/**
 * Who may use the thread now? A party (an account, or a client's address while no account is known) has many lanes
 * (connections). What it uses at once in one turn of the event loop is bounded, and so is what is caught up with in a
 * turn of what had to wait, party by party. Between turns the loop looks at its sockets, so whoever has not used its
 * share is served as its octets come in, however much of others' waits. Going round the loop more often costs a part
 * of the throughput (the store hears in smaller batches), so turns are bounded only while there is somebody else: two
 * accounts, or clients of two networks, and a second after. The thread is never idle while something waits.
 *
 * Time counts from the moment a lane begins until all that it set off at once (ticks, promises) is done: most of the
 * work on a message happens there. While nobody waits, turns are not told apart; what adds up over some of them then
 * costs a party one way through the queue, which is empty. Decides only: sockets, parsers and the loop are others'.
 */
import type { Clock } from '../../platform/clock.ts';
import type { EventLoop } from '../../platform/event-loop.ts';
import { Presence } from './presence.ts';

/** One connection's way to the thread. It waits at most once at a time. */
export interface Lane {
  /** True: go on, now. False: it waits, and `serve` will be called. */
  begin(): boolean;
  /** It has done a piece of its work: `serve` will be called for the next, after the party's others. */
  yield(): void;
  /** What is done now is work for this lane that can't wait. It counts. */
  count(): void;
  /** It waits no longer. Idempotent; last of all calls. */
  close(): void;
  readonly waits: boolean;
}

export interface FairTurnsOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly loop: EventLoop;
  /** Default {@link SHARE_MS}. */
  readonly shareMs?: number;
}

/** Some pieces of messages of 0.1 to 0.3 ms; a single message waits for about six turns. */
export const SHARE_MS = 1;

interface Place {
  readonly network: string;
  readonly accountOf: () => string | undefined;
  readonly serve: () => void;
  party: Party | undefined;
}

interface Party {
  readonly key: string;
  readonly account: string | undefined;
  readonly waiting: Set<Place>;
  lanes: number;
  /** `usedMs` is of this turn. */
  turn: number;
  usedMs: number;
}

export class FairTurns {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #loop: EventLoop;
  readonly #shareMs: number;
  readonly #parties = new Map<string, Party>();
  readonly #presence = new Presence();
  /** Those with lanes that wait, the next one first. */
  readonly #ring = new Set<Party>();
  #turn = 0;
  #turnDue = false;
  #serving = false;
  #servesUntilMs = 0;
  /** For whom work is done since `#sinceMs`. */
  #worker: Party | undefined;
  #sinceMs = 0;
  #settling = false;

  constructor({ clock, loop, shareMs = SHARE_MS }: FairTurnsOptions) {
    this.#clock = clock;
    this.#loop = loop;
    this.#shareMs = shareMs;
  }

  /** `accountOf` is asked whenever the lane begins: it becomes known in mid-connection. */
  open(network: string, accountOf: () => string | undefined, serve: () => void): Lane {
    const place: Place = { network, accountOf, serve, party: undefined };
    return {
      begin: () => this.#begin(place),
      yield: () => this.#wait(place, this.#partyOf(place)),
      count: () => this.#count(place),
      close: () => this.#leave(place),
      get waits() {
        return place.party?.waiting.has(place) === true;
      },
    };
  }

  /** How many have open lanes. */
  get partyCount(): number {
    return this.#parties.size;
  }

  #begin(place: Place): boolean {
    const party = this.#partyOf(place);
    if (party.waiting.size === 0) {
      if (!this.#isShared()) return true;
      if (this.#worker !== undefined) this.#settleUp();
      if (this.#usedMs(party) < this.#shareMs) {
        this.#work(party);
        return true;
      }
    }
    this.#wait(place, party);
    return false;
  }

  #count(place: Place): void {
    const party = this.#partyOf(place);
    if (this.#isShared()) this.#work(party);
  }

  #wait(place: Place, party: Party): void {
    party.waiting.add(place);
    this.#ring.add(party);
    if (!this.#serving) this.#turnLater();
  }

  #turnLater(): void {
    if (this.#turnDue) return;
    this.#turnDue = true;
    this.#loop.nextTurn(() => {
      this.#turnDue = false;
      this.#turn++;
      this.#serving = true;
      const nowMs = this.#settleUp();
      this.#servesUntilMs = nowMs + this.#shareMs;
      this.#serveNext(nowMs);
    });
  }

  /** One lane after the other, each until all that it set off is done. */
  #serveNext(nowMs: number): void {
    const party = first(this.#ring);
    const place = party && first(party.waiting);
    if (party === undefined || place === undefined || (nowMs >= this.#servesUntilMs && this.#isShared())) {
      this.#serving = false;
      this.#worker = undefined;
      if (party !== undefined) this.#turnLater();
      return;
    }
    this.#ring.delete(party);
    party.waiting.delete(place);
    if (party.waiting.size > 0) this.#ring.add(party);
    this.#worker = party;
    this.#work(party);
    place.serve();
  }

  /** From now on work is done for `party`, until all is done that is set off meanwhile. */
  #work(party: Party): void {
    if (this.#worker === undefined) this.#sinceMs = this.#clock.monotonic();
    else if (this.#worker !== party) this.#settleUp();
    this.#worker = party;
    if (this.#settling) return;
    this.#settling = true;
    this.#loop.settled(() => {
      this.#settling = false;
      const nowMs = this.#settleUp();
      if (this.#serving) this.#serveNext(nowMs);
      else this.#worker = undefined;
    });
  }

  /** Puts the time since the clock was last read down to the one it went to. */
  #settleUp(): number {
    const nowMs = this.#clock.monotonic();
    const party = this.#worker;
    if (party !== undefined) {
      party.usedMs = this.#usedMs(party) + nowMs - this.#sinceMs;
      party.turn = this.#turn;
    }
    this.#sinceMs = nowMs;
    return nowMs;
  }

  #usedMs({ turn, usedMs }: Party): number {
    return turn === this.#turn ? usedMs : 0;
  }

  #isShared(): boolean {
    return this.#presence.shared(this.#sinceMs);
  }

  #partyOf(place: Place): Party {
    const { network } = place;
    const account = place.accountOf();
    const key = account ?? network;
    if (place.party?.key === key) return place.party;
    this.#leave(place);
    const fresh = { key, account, waiting: new Set<Place>(), lanes: 0, turn: 0, usedMs: 0 };
    const party = this.#parties.get(key) ?? fresh;
    this.#parties.set(key, party);
    this.#presence.arrive(network, account);
    party.lanes++;
    place.party = party;
    return party;
  }

  #leave(place: Place): void {
    const { party, network } = place;
    if (party === undefined) return;
    place.party = undefined;
    this.#presence.depart(network, party.account, this.#clock.monotonic());
    party.waiting.delete(place);
    if (party.waiting.size === 0) this.#ring.delete(party);
    if (--party.lanes === 0) this.#parties.delete(party.key);
  }
}

function first<T>(all: ReadonlySet<T>): T | undefined {
  return all.values().next().value;
}
