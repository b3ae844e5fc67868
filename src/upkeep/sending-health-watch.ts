/**
 * Evaluates the sending health of every account and stream periodically and carries out the decisions of
 * policy/health.ts: records them, holds waiting deliveries, logs. Off the hot path: the store counts as deliveries
 * are settled, this reads the sums. A failed step is tried again at the next round.
 */
import type { HealthConfig } from '../config/config.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { healthLimitsFor } from '../policy/health-terms.ts';
import { HEALTH_LEVELS, judgeAccount } from '../policy/health.ts';
import type { HealthLevel, HealthVerdict } from '../policy/health.ts';
import type { HealthReader, HealthState, HealthWriter, StreamTotals } from '../store/health.ts';
import type { QueueWriter } from '../store/queue-admin.ts';

export const HEALTH_WINDOW_MS = 24 * 3_600_000;
/** A round costs well under a millisecond for a few accounts; rounds that cost more run less often. */
const LEAST_PAUSE_MS = 5_000;
const PAUSE_PER_COST = 200;
const ACTOR = 'health';
const GOOD: HealthVerdict = { level: 'good', reason: '' };

export interface SendingHealthWatchOptions {
  readonly reader: HealthReader;
  readonly writer: HealthWriter;
  readonly queue: Pick<QueueWriter, 'hold'>;
  readonly config: HealthConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

export interface SendingHealthWatch {
  /** Evaluates now; resolves when all decisions are carried out. */
  look(): Promise<void>;
  stop(): void;
}

/** An account or stream with its new level. */
interface Change {
  readonly accountId: string;
  readonly accountName: string;
  readonly stream: string;
  readonly before: HealthLevel;
  readonly verdict: HealthVerdict;
  /** While it is throttled. */
  readonly perMinute: number;
}

export function startSendingHealthWatch(options: SendingHealthWatchOptions): SendingHealthWatch {
  const { clock, log } = options;
  let timer: Timer | undefined;
  let stopped = false;
  /** Held accounts and streams may still have queued deliveries, which an earlier process did not hold. */
  let toHold: Pick<HealthState, 'accountId' | 'accountName' | 'stream'>[] | undefined;
  const look = async () => {
    try {
      toHold ??= (await options.reader.healthStates()).filter(isHold);
      for (const change of await findChanges(options)) {
        await apply(options, change);
        if (change.verdict.level === 'hold') toHold.push(change);
      }
      if (toHold.length === 0) return;
      const stillHeld = new Set((await options.reader.healthStates()).filter(isHold).map(keyOfState));
      for (const one of [...toHold]) {
        if (stillHeld.has(keyOfState(one))) await holdWaiting(options, one);
        toHold.shift();
      }
    } catch (error) {
      log.warn('health check failed', { reason: error instanceof Error ? error.message : String(error) });
    }
  };
  const schedule = (pauseMs: number) => {
    if (stopped) return;
    timer = clock.after(pauseMs, () => {
      const startedMs = clock.monotonic();
      const looked = options.isOurs?.() === false ? Promise.resolve() : look();
      void looked.finally(() =>
        schedule(Math.max(LEAST_PAUSE_MS, PAUSE_PER_COST * (clock.monotonic() - startedMs))),
      );
    });
  };
  schedule(LEAST_PAUSE_MS);
  return {
    look,
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

async function findChanges({ reader, config, clock }: SendingHealthWatchOptions): Promise<readonly Change[]> {
  // Before the figures: who lifts a hold in between finds it held here, and is not held again by figures from before.
  const states = await reader.healthStates();
  const byAccount = new Map<string, StreamTotals[]>();
  for (const totals of await reader.streamTotals(clock.now() - HEALTH_WINDOW_MS))
    byAccount.set(totals.accountId, [...(byAccount.get(totals.accountId) ?? []), totals]);
  const levels = new Map<string, HealthLevel>();
  const perMinute = config.throttlePerMinute;
  const changes: Change[] = [];
  for (const { accountId, accountName, stream, level } of states) {
    levels.set(keyOf(accountId, stream), level);
    const isCounted = byAccount.get(accountId)?.some((one) => stream === '' || one.stream === stream);
    // Nothing was sent for a day: a warning or throttle has no basis any more.
    if (isCounted !== true && level !== 'hold')
      changes.push({ accountId, accountName, stream, before: level, verdict: GOOD, perMinute });
  }
  for (const [accountId, streams] of byAccount) {
    const limits = healthLimitsFor(config, streams[0]?.healthTerms);
    const levelOf = (stream: string) => levels.get(keyOf(accountId, stream)) ?? 'good';
    const verdict = judgeAccount(
      {
        level: levelOf(''),
        streams: streams.map(({ stream, counts, countsForAccount }) => ({
          name: stream,
          counts,
          countsForAccount,
          level: levelOf(stream),
        })),
      },
      limits.rules,
    );
    const accountName = streams[0]?.accountName ?? '';
    for (const [stream, of] of [...verdict.streams, ['', verdict.account] as const]) {
      const before = levelOf(stream);
      const change = { accountId, accountName, stream, before, verdict: of };
      if (of.level !== before) changes.push({ ...change, perMinute: limits.throttlePerMinute });
    }
  }
  return changes;
}

async function apply(
  { writer, clock, log }: SendingHealthWatchOptions,
  { accountId, accountName, stream, before, verdict, ...change }: Change,
): Promise<void> {
  const { level, reason } = verdict;
  const perMinute = level === 'throttle' ? change.perMinute : undefined;
  await writer.setHealth({ accountId, stream, level, reason, perMinute, atMs: clock.now() }, ACTOR);
  const isWorse = HEALTH_LEVELS.indexOf(level) > HEALTH_LEVELS.indexOf(before);
  const facts = { ...subjectOf(accountName, stream), level, reason: reason === '' ? undefined : reason };
  if (isWorse) log.warn('health', facts);
  else log.info('health', facts);
}

/** New deliveries are held from the commit of the change; this holds the earlier ones. */
async function holdWaiting(
  { queue, clock, log }: SendingHealthWatchOptions,
  { accountId, accountName, stream }: Pick<HealthState, 'accountId' | 'accountName' | 'stream'>,
): Promise<void> {
  const held = await queue.hold(
    { accountId, id: undefined, destination: undefined, stream: stream === '' ? undefined : stream },
    clock.now(),
    ACTOR,
  );
  if (held > 0) log.warn('health: waiting deliveries are held', { ...subjectOf(accountName, stream), held });
}

function isHold({ level }: HealthState): boolean {
  return level === 'hold';
}

function keyOfState({ accountId, stream }: Pick<HealthState, 'accountId' | 'stream'>): string {
  return keyOf(accountId, stream);
}

function subjectOf(account: string, stream: string) {
  return { account, stream: stream === '' ? undefined : stream };
}

function keyOf(accountId: string, stream: string): string {
  return `${accountId} ${stream}`;
}
