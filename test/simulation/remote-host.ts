/**
 * One MX host: its mood, how many connections it has, what it took. Decides what becomes of a connection and of a
 * transaction; remote-session.ts plays that out in time.
 */
import type { RecipientReply } from '../../src/smtp/client/session.ts';
import type { Reply } from '../../src/smtp/reply.ts';
import type { Dice } from './dice.ts';
import { HOUR_MS, MINUTE_MS } from './durations.ts';
import type { HostPlan, SitePlan } from './site-plan.ts';
import { nextMood, type Mood, type TroubledStage } from './remote-moods.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** What becomes of one transaction. */
export type Course =
  /** Everything is answered. `final` is for those that RCPT took. */
  | {
      readonly kind: 'answers';
      readonly mail: Reply | undefined;
      readonly rcpt: readonly (Reply | undefined)[];
      readonly data: Reply | undefined;
      readonly final: Reply;
      readonly tookMs: number;
    }
  /** The connection ends there, at once or when the client has waited long enough; after the dot it may have been taken. */
  | {
      readonly kind: 'breaks';
      readonly stage: TroubledStage;
      readonly stalls: boolean;
      readonly taken: boolean;
    }
  /** 421 as the answer to MAIL, RCPT, DATA. */
  | { readonly kind: 'sends-away'; readonly stage: 'mail' | 'rcpt' | 'data'; readonly reply: Reply };

export type Welcome =
  | { readonly kind: 'welcome' }
  /** The reply to EHLO comes with something behind it: the session is over before or as it is handed over. */
  | { readonly kind: 'blurts'; readonly stage: 'ehlo' | 'starttls' }
  | { readonly kind: 'refuses' }
  | { readonly kind: 'swallows' }
  | { readonly kind: 'stays-silent' }
  | { readonly kind: 'turns-away'; readonly reply: Reply };

/** What is known of a recipient by its local part. */
export type Mailbox = 'there' | 'unknown' | 'full';

export class RemoteHost {
  readonly plan: HostPlan;
  readonly site: SitePlan;
  readonly dice: Dice;
  mood: Mood = { kind: 'well' };
  connections = 0;
  readonly #time: SimulatedTime;
  readonly #greylist = new Map<string, number>();
  #paceSinceMs = 0;
  #paceCount = 0;

  constructor(plan: HostPlan, site: SitePlan, ports: { readonly dice: Dice; readonly time: SimulatedTime }) {
    this.plan = plan;
    this.site = site;
    this.dice = ports.dice.fork(plan.name);
    this.#time = ports.time;
  }

  /** Changes mood every `meanMs`, until `isOver`. */
  live(meanMs: number, isOver: () => boolean): void {
    if (this.site.kind !== 'unruly') return;
    this.#time.after(this.dice.exponential(meanMs), () => {
      if (isOver()) return;
      this.mood = nextMood(this.dice);
      this.live(this.mood.kind === 'well' ? 2 * meanMs : meanMs, isOver);
    });
  }

  /** Milliseconds for a command and its reply. */
  roundTripMs(): number {
    return this.site.roundTripMs * this.dice.between(0.7, 1.5);
  }

  welcome(): Welcome {
    const { mood } = this;
    switch (mood.kind) {
      case 'refusing':
        return { kind: 'refuses' };
      case 'black-hole':
        return { kind: 'swallows' };
      case 'silent':
        return { kind: 'stays-silent' };
      case 'turning-away':
        return {
          kind: 'turns-away',
          reply: { code: mood.code, status: undefined, text: 'no mail from you today' },
        };
      case 'crowded':
        if (this.connections <= mood.connections) return { kind: 'welcome' };
        return {
          kind: 'turns-away',
          reply: { code: 421, status: '4.7.0', text: 'too many connections from you' },
        };
      case 'blurting':
        if ((mood.stage !== 'ehlo' && mood.stage !== 'starttls') || !this.dice.chance(mood.probability))
          return { kind: 'welcome' };
        return { kind: 'blurts', stage: mood.stage };
      default:
        return { kind: 'welcome' };
    }
  }

  /** Something unasked comes right behind the last reply, or a moment later. `undefined`: nothing does. */
  blurtsIdleAfterMs(): number | undefined {
    const { mood, dice } = this;
    if (mood.kind !== 'blurting' || mood.stage !== 'idle' || !dice.chance(mood.probability)) return undefined;
    return dice.pick([0, 1, 50]);
  }

  /** The idle session is closed after this long. */
  patienceMs(): number {
    return this.mood.kind === 'well'
      ? this.dice.between(5_000, 5 * MINUTE_MS)
      : this.dice.between(100, 20_000);
  }

  /** `refusal`: the host's answer to MAIL, whatever its mood. */
  course(recipients: readonly string[], transactionsBefore: number, refusal?: Reply): Course {
    const { mood, dice } = this;
    if (refusal !== undefined) return this.#answers(recipients, 'mail', refusal);
    switch (mood.kind) {
      case 'dropping':
      case 'stalling':
        if (!dice.chance(mood.probability)) break;
        return {
          kind: 'breaks',
          stage: mood.stage,
          stalls: mood.kind === 'stalling',
          taken: mood.stage === 'final' && dice.chance(0.5),
        };
      case 'blurting': {
        const { stage } = mood;
        const atReset = stage === 'reset' && transactionsBefore > 0;
        if (stage === 'ehlo' || stage === 'starttls' || stage === 'idle' || (stage === 'reset' && !atReset))
          break;
        if (!dice.chance(mood.probability)) break;
        const taken = stage === 'final' && dice.chance(0.5);
        return { kind: 'breaks', stage: stage === 'reset' ? 'mail' : stage, stalls: false, taken };
      }
      case 'short':
        if (transactionsBefore < mood.transactions) break;
        if (mood.code === 503)
          return this.#answers(recipients, 'mail', {
            code: 503,
            status: '5.5.1',
            text: 'nested MAIL command',
          });
        return {
          kind: 'sends-away',
          stage: 'mail',
          reply: { code: 421, status: '4.4.5', text: 'enough for now' },
        };
      case 'answering':
        if (!dice.chance(mood.probability)) break;
        return this.#answers(recipients, mood.stage, {
          code: mood.code,
          status: mood.status === '' ? undefined : mood.status,
          text: mood.text,
        });
      case 'paced': {
        const late = this.#isTooFast(mood.perMinute);
        if (!late) break;
        const reply: Reply = { code: 450, status: '4.7.1', text: 'rate limit exceeded, slow down' };
        if (dice.chance(0.3)) return { kind: 'sends-away', stage: 'mail', reply: { ...reply, code: 421 } };
        return this.#answers(recipients, 'mail', reply);
      }
      default:
        break;
    }
    return this.#answers(recipients, undefined, undefined);
  }

  /** By its local part: a few do not exist, a few are full. */
  static mailbox(recipient: string): Mailbox {
    if (recipient.startsWith('unknown')) return 'unknown';
    return recipient.startsWith('full') ? 'full' : 'there';
  }

  #answers(
    recipients: readonly string[],
    stage: Exclude<TroubledStage, 'content'> | undefined,
    reply: Reply | undefined,
  ): Course {
    if (reply !== undefined && stage !== undefined) {
      if (reply.code === 421 && stage !== 'final') return { kind: 'sends-away', stage, reply };
      // Not an answer to that command: the client can only hang up.
      if (reply.code === (stage === 'data' ? 250 : 354))
        return { kind: 'breaks', stage, stalls: false, taken: stage === 'final' && this.dice.chance(0.5) };
      if (reply.code < 400) return this.#answers(recipients, undefined, undefined);
    }
    const { dice, mood, site } = this;
    let room = site.recipientsPerTransaction;
    const rcpt = recipients.map((recipient) => {
      const answer = stage === 'rcpt' ? reply : this.#rcpt(recipient, room);
      if (answer === undefined) room--;
      return answer;
    });
    const final = stage === 'final' && reply !== undefined ? reply : OK;
    const tookMs = mood.kind === 'slow' ? mood.transactionMs * dice.between(0.5, 1.5) : this.roundTripMs();
    return {
      kind: 'answers',
      mail: stage === 'mail' ? reply : undefined,
      rcpt,
      data: stage === 'data' ? reply : undefined,
      final,
      tookMs,
    };
  }

  #rcpt(recipient: string, room: number): Reply | undefined {
    const mailbox = RemoteHost.mailbox(recipient);
    if (mailbox === 'unknown') return { code: 550, status: '5.1.1', text: 'no such user here' };
    if (mailbox === 'full') return { code: 452, status: '4.2.2', text: 'mailbox full' };
    if (room <= 0) return { code: 452, status: '4.5.3', text: 'too many recipients' };
    if (this.mood.kind !== 'greylisting') return undefined;
    const nowMs = this.#time.elapsedMs;
    const sinceMs = this.#greylist.get(recipient);
    if (sinceMs === undefined || nowMs - sinceMs > 12 * HOUR_MS) this.#greylist.set(recipient, nowMs);
    if (nowMs - (this.#greylist.get(recipient) ?? 0) >= this.mood.waitMs) return undefined;
    return { code: 451, status: '4.7.1', text: 'greylisted, come back later' };
  }

  #isTooFast(perMinute: number): boolean {
    const nowMs = this.#time.elapsedMs;
    if (nowMs - this.#paceSinceMs >= MINUTE_MS) {
      this.#paceSinceMs = nowMs;
      this.#paceCount = 0;
    }
    return ++this.#paceCount > perMinute;
  }
}

export const OK: Reply = { code: 250, status: '2.0.0', text: 'taken' };

/** How the replies of a course settle the recipients, as the SMTP client reads them. */
export function settledBy(course: Extract<Course, { kind: 'answers' }>): RecipientReply[] {
  const count = course.rcpt.length;
  if (course.mail !== undefined)
    return course.rcpt.map(() => ({ reply: course.mail as Reply, stage: 'mail', sharedBy: count }));
  const accepted = course.rcpt.filter((reply) => reply === undefined).length;
  return course.rcpt.map((reply) => {
    if (reply !== undefined) return { reply, stage: 'rcpt', sharedBy: 1 };
    if (course.data !== undefined) return { reply: course.data, stage: 'data', sharedBy: accepted };
    return { reply: course.final, stage: 'final', sharedBy: accepted };
  });
}
