/**
 * Chooses the source that mail leaves from: by the pool's weights, past those that a provider refuses, and within the
 * ceilings of those in warm-up. What is over a ceiling goes to another source of the pool, else it waits. Tells the store
 * what came of it, every few seconds and at the end.
 */
import type { Clock, Timer } from '../../platform/clock.ts';
import { OwnedPromises } from '../../platform/lifecycle.ts';
import type { Log } from '../../platform/log.ts';
import type { BounceClass } from '../../policy/bounce-classes.ts';
import { orderSources } from '../../policy/egress/source-choice.ts';
import { isProvider, OTHER_PROVIDERS } from '../../policy/egress/source-forecast.ts';
import { DEFAULT_POOL, type Source } from '../../policy/egress/source.ts';
import { wordsOfSuspended } from '../../policy/shaping/limit-words.ts';
import { ceilingsAt, type WarmUpPlan } from '../../policy/egress/warm-up-plans.ts';
import { formatReply } from '../../smtp/reply.ts';
import type { EgressReader, EgressWriter } from '../../store/egress.ts';
import { shortened } from '../attempt/attempt.ts';
import type { LeavingMail, SourceChoice, SourceChooser, SourceRefusal, SourceUse } from '../route/egress.ts';
import type { OperatorsSuspensions } from '../shaping/suspended.ts';
import { SourceLimits } from './source-limits.ts';
import { WarmUpTokens, type WarmingSource } from './warm-up-tokens.ts';

export interface PoolChooserOptions {
  /** Live: a reload changes them. */
  readonly config: { readonly sources: readonly Source[] };
  readonly plans: () => readonly WarmUpPlan[];
  readonly reader: EgressReader;
  readonly writer: EgressWriter;
  /** Those that an operator has suspended; default: none. */
  readonly suspended?: Pick<OperatorsSuspensions, 'source'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly onBug: (error: unknown) => void;
}

/** Limits of other nodes are known so long after, and counts are written. */
const REFRESH_MS = 15_000;

/** Why a source may not send now. */
interface Obstacle {
  readonly source: string;
  readonly untilMs: number;
  readonly limited: boolean;
  readonly why: string;
  /** By an operator. */
  readonly suspended?: boolean;
}

export class PoolChooser implements SourceChooser {
  readonly #options: PoolChooserOptions;
  readonly #background: OwnedPromises;
  readonly #limits: SourceLimits;
  readonly #tokens: WarmUpTokens;
  #timer: Timer | undefined;
  #stopped = false;
  /** Choices so far: where a message does not keep its source, each try is a draw of its own. */
  #choices = 0;

  constructor(options: PoolChooserOptions) {
    this.#options = options;
    this.#background = new OwnedPromises(options.onBug);
    this.#limits = new SourceLimits({ ...options, background: this.#background });
    this.#tokens = new WarmUpTokens(options);
  }

  /** Reads the limits that are in force; resolves when they are known, or cannot be. */
  async start(): Promise<void> {
    if (!this.isEmpty) await this.#limits.refresh();
    this.#arm();
  }

  /** Gives back what was not used. Resolves when the last counts are written, or cannot be. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#background.idle();
    await this.#tokens.flush(true);
  }

  get isEmpty(): boolean {
    return this.#options.config.sources.length === 0;
  }

  choose(mail: LeavingMail): SourceChoice {
    const { clock } = this.#options;
    const { except, keepSource, messageId, recipients } = mail;
    if (this.isEmpty) return { kind: 'leaves', source: undefined };
    const sources = this.#sourcesOf(mail.pool);
    // A pool without a source (only `default` may be one) leaves from the system's address.
    if (sources.length === 0) return { kind: 'leaves', source: undefined };
    const key = keepSource ? messageId : `${messageId} ${this.#choices++}`;
    const nowMs = clock.now();
    const obstacles: Obstacle[] = [];
    for (const source of orderSources(sources, key)) {
      if (except.includes(source.name)) continue;
      const suspension = this.#options.suspended?.source(source.name);
      if (suspension !== undefined) {
        const untilMs = Math.min(suspension.untilMs ?? Infinity, nowMs + AGAIN_MS);
        const why = 'suspended by an operator';
        obstacles.push({ source: source.name, untilMs, limited: false, suspended: true, why });
        continue;
      }
      const limit = this.#limits.of(source.name, mail.provider, nowMs);
      if (limit !== undefined) {
        const why = `refused with ${limit.reply}`;
        obstacles.push({ source: source.name, untilMs: limit.untilMs, limited: true, why });
        continue;
      }
      const warming = this.#warmingOf(source, mail.provider);
      if (warming === undefined) return { kind: 'leaves', source };
      const tokens = this.#tokens.take(warming, recipients);
      if (tokens.kind === 'ask-again') return tokens;
      if (tokens.kind === 'warm') return { kind: 'leaves', source };
      if (tokens.kind === 'taken')
        return { kind: 'leaves', source, tokens: { recipients: tokens.recipients, day: tokens.day } };
      obstacles.push({
        ...{ source: source.name, untilMs: tokens.untilMs, limited: false },
        why:
          tokens.ceiling === undefined
            ? 'the store has not said how much it may send'
            : `its warm-up ceiling of the day, ${tokens.ceiling}, is reached`,
      });
    }
    return waits(mail, obstacles, nowMs);
  }

  /** A stream may name a pool that the configuration has no more: its mail leaves as other mail does. */
  #sourcesOf(pool: string): readonly Source[] {
    const { sources } = this.#options.config;
    const ofPool = sources.filter((source) => source.pool === pool);
    return ofPool.length > 0 || pool === DEFAULT_POOL
      ? ofPool
      : sources.filter((source) => source.pool === DEFAULT_POOL);
  }

  ended(source: Source, provider: string, use: SourceUse): void {
    const { day, recipients, handedOver, turnedAway = 0 } = use;
    if (day === undefined) return;
    const at = { source: source.name, provider: counted(provider) };
    this.#tokens.ended(at, { day, recipients, handedOver, turnedAway });
  }

  refused({ source, provider, record, class: found, messageId }: SourceRefusal): void {
    const { replyCode, status, text, stage, atMs } = record;
    const reply = replyCode === undefined ? text : formatReply({ code: replyCode, status, text });
    this.#limits.refused(
      { source: source.name, provider, atMs, class: found as BounceClass, reply: shortened(reply) },
      { stage, messageId: messageId ?? `connection at ${atMs}` },
    );
  }

  taken(source: Source, provider: string): void {
    this.#limits.taken(source.name, provider);
  }

  /** `undefined`: it is not in warm-up there. A smart host is no provider: it has no plan. */
  #warmingOf({ name, warmUp }: Source, provider: string): WarmingSource | undefined {
    if (warmUp === undefined || provider.startsWith(OF_SMART_HOST)) return undefined;
    const plan = this.#options.plans().find((one) => one.name === warmUp.plan);
    const { startsAtMs } = warmUp;
    // The configuration names no plan that there is not; if it did, nothing would leave.
    const ceilings = plan === undefined ? NO_PLAN : ceilingsAt(plan, provider);
    return { source: name, provider: counted(provider), startsAtMs, ceilings };
  }

  #arm(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(REFRESH_MS, () => this.#background.run(this.#refresh()));
  }

  async #refresh(): Promise<void> {
    if (!this.isEmpty) {
      await this.#limits.refresh();
      await this.#tokens.flush();
    }
    this.#arm();
  }
}

/** How {@link LeavingMail.provider} begins for one. */
const OF_SMART_HOST = 'relay:';
const NO_PLAN: readonly number[] = [0];

/** Whom a ceiling is counted with: a provider by its name; hosts of nobody known are one lot. */
function counted(provider: string): string {
  return isProvider(provider) ? provider : OTHER_PROVIDERS;
}

/** When all are in `except`: what was asked for once more is due when the caller says. */
function waits({ pool, provider }: LeavingMail, obstacles: readonly Obstacle[], nowMs: number): SourceChoice {
  const untilMs = obstacles.reduce((least, one) => Math.min(least, one.untilMs), Infinity);
  const limited = obstacles.every((one) => one.limited);
  const suspended = obstacles.filter((one) => one.suspended === true).map(({ source }) => source);
  const words = obstacles.map((one) => `${one.source}: ${one.why}`).join('; ');
  const text = `no source of the pool ${pool} may send to ${provider} now${words === '' ? '' : ` (${words})`}`;
  return {
    kind: 'wait',
    untilMs: untilMs === Infinity ? nowMs + AGAIN_MS : untilMs,
    limited,
    text: shortened(text),
    ...(suspended.length > 0 && { waitsFor: wordsOfSuspended(suspended) }),
  };
}

const AGAIN_MS = 5 * 60_000;
