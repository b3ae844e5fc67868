/**
 * Carries rotations of DKIM keys on: begins those that are due by schedule, looks whether pending keys are published, and whether
 * old records may go. Soon after a rotation began it looks every minute, later by the hour: each look asks DNS for a few names.
 */
import { lookAtRotation, rotateDkim } from '../admin/dkim-rotation.ts';
import { isRefusal } from '../admin/refusal.ts';
import type { With } from '../admin/admin-context.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { isDue } from '../policy/look-schedule.ts';
import { StoreError } from '../store/errors.ts';
import type { DkimKey, Domain } from '../store/directory-records.ts';

export interface RotationWatchOptions extends Omit<
  With<'reader' | 'directory' | 'box' | 'resolver' | 'openAuthority' | 'clock'>,
  'actor'
> {
  /** As configured; `undefined`: no domain's keys are rotated by themselves. */
  readonly everyMs: () => number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

export interface RotationWatch {
  /** Looks now at all that are due; resolves when done, or failed. */
  look(): Promise<void>;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

const LOOK_MS = 60_000;
/** A rotation younger than this is looked at each time. */
const FRESH_MS = 3_600_000;
const LATER_MS = 3_600_000;
/** Domains read at a time. */
const PAGE = 100;
/** Rotations that begin at one look: a key takes a tenth of a second of a thread that signs mail. */
const MOST_BEGUN = 5;
const ACTOR = 'relayd';

export function startRotationWatch(options: RotationWatchOptions): RotationWatch {
  const { reader, clock, log, isOurs } = options;
  const context = { ...options, actor: ACTOR };
  const lookedAtMs = new Map<string, number>();
  let timer: Timer | undefined;
  let stopped = false;
  let looking = Promise.resolve();

  const begin = async () => {
    const due = await reader.domainsToRotate(options.everyMs(), clock.now(), MOST_BEGUN);
    for (const domain of due) {
      const outcome = await rotateDkim(domain, context);
      if (isRefusal(outcome)) continue;
      const records = outcome.pending.map(({ selector }) => `${selector}._domainkey.${domain.name}`);
      log.warn('dkim rotation begun', { domain: domain.name, records });
    }
  };
  const carryOn = async () => {
    const seen = new Set<string>();
    let after: string | undefined;
    do {
      const page = await reader.domainsRotating(after, PAGE);
      for (const domain of page) {
        if (stopped) return;
        seen.add(domain.id);
        const keys = await reader.dkimKeys(domain.id);
        if (!isDue(lookedAtMs.get(domain.id), everyMsOf(keys, clock.now()), clock.now())) continue;
        lookedAtMs.set(domain.id, clock.now());
        await lookAt(domain, keys);
      }
      after = page.length < PAGE ? undefined : page.at(-1)?.id;
    } while (after !== undefined);
    for (const id of lookedAtMs.keys()) if (!seen.has(id)) lookedAtMs.delete(id);
  };
  const lookAt = async (domain: Domain, before: readonly DkimKey[]) => {
    const { keys } = await lookAtRotation(domain, context);
    const signing = (list: readonly DkimKey[]) =>
      list.flatMap(({ state, selector }) => (state === 'active' ? [selector] : []));
    const selectors = signing(keys);
    if (selectors.join() !== signing(before).join())
      log.info('dkim keys switched', { domain: domain.name, selectors });
  };
  const look = async () => {
    try {
      await begin();
      await carryOn();
    } catch (error) {
      // The check of the store tells of it; the next look goes on.
      if (!(error instanceof StoreError)) log.error('dkim rotation', { reason: String(error) });
    }
  };
  const schedule = () => {
    if (stopped) return;
    timer = clock.after(LOOK_MS, () => {
      looking = (isOurs?.() === false ? Promise.resolve() : look()).finally(schedule);
    });
  };
  schedule();
  return {
    look,
    async stop() {
      stopped = true;
      timer?.cancel();
      await looking;
    },
  };
}

function everyMsOf(keys: readonly DkimKey[], nowMs: number): number {
  const pending = keys.filter(({ state }) => state === 'pending');
  const isFresh = pending.some(
    ({ createdAtMs, seenSinceMs }) => seenSinceMs !== undefined || nowMs - createdAtMs < FRESH_MS,
  );
  return isFresh ? 0 : LATER_MS;
}
