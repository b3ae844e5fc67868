/**
 * The contents of one SMTP transaction: some recipients of one message at one destination. Usually a whole claim; a claim
 * with more recipients than a transaction allows is split, and so is an entry whose recipients have different outcomes.
 *
 * Promises: an entry is in one place at a time, moves only as the table below allows, and reports each move to its
 * destination, so that the counts there cannot drift. Whoever holds a place (a look-up, a queue, a session, the outbox)
 * calls the verb; nobody else writes a place or a count.
 */
import { assert } from '../../platform/assert.ts';
import type { FallbackCause } from '../../policy/egress/route-rules.ts';
import type { Schedule } from '../../policy/shaping/schedule.ts';
import type { AttemptRecord, Claim, ClaimedDelivery } from '../../store/delivery-records.ts';
import type { MessageFacts } from '../../store/message-records.ts';
import type { HostRound } from '../attempt/recipient-attempt.ts';
import type { MessageSource } from '../content/message-source.ts';
import { DIRECT, type Egress, type RefusedWay } from '../route/egress.ts';
import type { ActiveDestination } from './active-destination.ts';

/** `divided`: its deliveries went on in entries of their own. */
type Place = 'claimed' | 'unrouted' | 'queued' | 'under-way' | 'divided' | 'settling' | 'settled';

const NOT_REFUSED: readonly RefusedWay[] = [];

/** What rules of a site say of an entry. */
export interface ScheduleRules {
  scheduleOf(entry: QueueEntry, usual: Schedule): Schedule;
}

/** What a claim says of all its entries. */
export type ClaimOf = Pick<Claim, 'messageId' | 'life'>;

export class QueueEntry implements ClaimOf {
  /** The engine's id of the message. */
  readonly messageId: number;
  readonly life: number | undefined;
  readonly source: MessageSource;
  readonly destination: ActiveDestination;
  /** At least one. */
  readonly deliveries: readonly ClaimedDelivery[];
  readonly #triesBefore: number;
  #history: readonly AttemptRecord[] = [];
  #retried = false;
  #round: HostRound | undefined;
  #egress: Egress = DIRECT;
  #refused: readonly RefusedWay[] = NOT_REFUSED;
  #rules: ScheduleRules | undefined;
  #place: Place = 'claimed';

  constructor(
    { messageId, life }: ClaimOf,
    source: MessageSource,
    destination: ActiveDestination,
    deliveries: readonly ClaimedDelivery[],
    triesBefore = destination.triesWritten,
  ) {
    this.messageId = messageId;
    this.life = life;
    this.source = source;
    this.destination = destination;
    this.deliveries = deliveries;
    this.#triesBefore = triesBefore;
  }

  get facts(): MessageFacts {
    return this.source.facts;
  }

  /** What is not, of its account, goes first. */
  get bulk(): boolean {
    return this.deliveries[0]?.bulk === true;
  }

  /** Tries of its destination as a whole that the claim does not count: what was not written when it was made, and since. */
  get destinationTries(): number {
    return this.destination.tries - this.#triesBefore;
  }

  /** Tries that are to be recorded with the next outcome: hosts that could not be reached before one could. */
  get history(): readonly AttemptRecord[] {
    return this.#history;
  }

  /** It was requeued once because a reused session had gone bad: it goes out on a new one, and what is said there counts. */
  get retried(): boolean {
    return this.#retried;
  }

  /** How it leaves; until it was placed, as without routes and sources. */
  get egress(): Egress {
    return this.#egress;
  }

  /** Set while one host after the other is asked. */
  get round(): HostRound | undefined {
    return this.#round;
  }

  /** It has asked a host, and asks on. */
  get inRound(): boolean {
    return this.#round !== undefined && this.#round.hosts.size > 0;
  }

  /** A host is asked once in a round. */
  mayAsk(host: string): boolean {
    return this.#round?.hosts.has(host) !== true;
  }

  /** Hosts could not be reached before the one that it goes to now. */
  remember(failures: readonly AttemptRecord[]): void {
    this.#history = [...this.#history, ...failures];
  }

  /** It continues at once, on a new session. */
  retryOnce(): void {
    this.#retried = true;
  }

  /** Its way out was chosen; `rules`: of the site that it leads to. */
  leaveBy(egress: Egress, rules?: ScheduleRules): void {
    this.#egress = egress;
    this.#rules = rules ?? this.#rules;
  }

  /** When it is tried again and how long, where its hosts were known once; `usual`: as configured. */
  scheduleOf(usual: Schedule): Schedule | undefined {
    return this.#rules?.scheduleOf(this, usual);
  }

  /** Ways that it was refused since it was claimed; most often none. */
  get refused(): readonly RefusedWay[] {
    return this.#refused;
  }

  /** The way that it took does not take it: it goes on by another. */
  refuse(cause: FallbackCause): void {
    const { route, source } = this.#egress;
    this.#refused = [...this.#refused, { route, source: source?.name, cause }];
  }

  /** It waits at no site any more, and looks for another way. */
  leaveSite(): void {
    assert(this.#place === 'queued' || this.#place === 'under-way', 'what leaves a site was there');
    if (this.#place === 'under-way') this.destination.requeue(this.deliveries.length);
    this.#place = 'unrouted';
  }

  /** Before it waits anywhere: the first `count` of its deliveries, and the others. This one goes nowhere any more. */
  split(count: number): readonly [QueueEntry, QueueEntry] {
    assert(this.#place === 'claimed' || this.#place === 'unrouted', 'an entry is split before it is queued');
    const place = this.#place;
    this.#place = 'divided';
    const some = (deliveries: readonly ClaimedDelivery[]) => {
      const entry = this.#with(deliveries, place);
      entry.#history = this.#history;
      return entry;
    };
    return [some(this.deliveries.slice(0, count)), some(this.deliveries.slice(count))];
  }

  /** Waits for the route of its destination, or for a source. */
  awaitRoute(): void {
    assert(
      this.#place === 'claimed' || this.#place === 'unrouted',
      'an entry looks for its route before it is queued',
    );
    this.#place = 'unrouted';
  }

  /** Waits at a site. */
  queue(): void {
    assert(this.#place === 'claimed' || this.#place === 'unrouted', 'an entry is queued once');
    this.#place = 'queued';
  }

  /** A session takes it. */
  begin(): void {
    assert(this.#place === 'queued', 'what a session takes was queued');
    this.#place = 'under-way';
    this.destination.begin(this.deliveries.length);
  }

  /** Waits at its site again, and nothing has happened to it. */
  requeue(): void {
    assert(this.#place === 'under-way', 'what is requeued was under way');
    this.#place = 'queued';
    this.destination.requeue(this.deliveries.length);
  }

  /** Some of its deliveries go on in an entry of their own, under way as this one was. This one goes nowhere any more. */
  part(
    deliveries: readonly ClaimedDelivery[],
    { retried = this.#retried, round = this.#round }: { retried?: boolean; round?: HostRound } = {},
  ): QueueEntry {
    assert(this.#place === 'under-way' || this.#place === 'divided', 'what is divided was under way');
    this.#place = 'divided';
    const part = this.#with(deliveries, 'under-way');
    part.#retried = retried;
    part.#round = round;
    return part;
  }

  #with(deliveries: readonly ClaimedDelivery[], place: Place): QueueEntry {
    const entry = new QueueEntry(this, this.source, this.destination, deliveries, this.#triesBefore);
    entry.#retried = this.#retried;
    entry.#round = this.#round;
    entry.#egress = this.#egress;
    entry.#refused = this.#refused;
    entry.#rules = this.#rules;
    entry.#place = place;
    return entry;
  }

  /** Its outcome is known, or being put into words, and waits for the store. From wherever it was. */
  settle(): void {
    assert(
      this.#place !== 'settling' && this.#place !== 'settled' && this.#place !== 'divided',
      'an entry is settled once',
    );
    if (this.#place !== 'under-way') this.destination.begin(this.deliveries.length);
    this.#place = 'settling';
  }

  /** Its outcome is durable. */
  settled(): void {
    assert(this.#place === 'settling', 'what is durable was settled');
    this.#place = 'settled';
    this.destination.settle(this.deliveries.length, this.bulk);
  }
}
