/**
 * Carries rotations of DKIM keys on: begins those that are due by schedule, looks whether pending keys are published, and whether
 * old records may go. Soon after a rotation began it looks every minute, later by the hour: each look asks DNS for a few names,
 * of servers that whoever has the domain chooses. So a turn has an end, and accounts take turns in it.
 */
import { lookAtRotation, rotateDkim } from '../admin/dkim-rotation.ts';
import { isRefusal } from '../admin/refusal.ts';
import type { With } from '../admin/admin-context.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { inTurns, isDue } from '../policy/look-schedule.ts';
import { StoreError } from '../store/errors.ts';
import type { DkimKey, Domain } from '../store/directory-records.ts';
import { unlessGone } from './unless-gone.ts';
import { startLooking, type Watch } from './repeated-look.ts';

export interface RotationWatchOptions extends Omit<
  With<'reader' | 'directory' | 'box' | 'random' | 'resolver' | 'openAuthority' | 'clock'>,
  'actor'
> {
  /** As configured; `undefined`: no domain's keys are rotated by themselves. */
  readonly everyMs: () => number | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** False while another node does it. */
  readonly isOurs?: () => boolean;
}

const LOOK_MS = 60_000;
/** A rotation younger than this is looked at each time. */
const FRESH_MS = 3_600_000;
const LATER_MS = 3_600_000;
/** Domains read at a time. */
const PAGE = 100;
/** No look begins after it; the rest is for the next turn. */
const WITHIN_MS = 60_000;
/** Rotations that begin at one look: a key takes a tenth of a second of a thread that signs mail. */
const MOST_BEGUN = 5;
const ACTOR = 'relayd';

interface DueDomain {
  readonly domain: Domain;
  readonly keys: readonly DkimKey[];
  readonly accountId: string;
  readonly lookedAtMs: number | undefined;
}

export function startRotationWatch(options: RotationWatchOptions): Watch {
  const { reader, clock, log, isOurs } = options;
  const context = { ...options, actor: ACTOR, holder: undefined };
  const lookedAtMs = new Map<string, number>();

  const begin = async () => {
    const due = await reader.domainsToRotate(options.everyMs(), clock.now(), MOST_BEGUN);
    for (const domain of due) {
      const outcome = await unlessGone(rotateDkim(domain, context));
      if (outcome === undefined || isRefusal(outcome)) continue;
      const records = outcome.pending.map(({ selector }) => `${selector}._domainkey.${domain.name}`);
      log.warn('dkim rotation begun', { domain: domain.name, records });
    }
  };
  const rotating = async (stopped: () => boolean): Promise<readonly DueDomain[]> => {
    const seen = new Set<string>();
    const found: DueDomain[] = [];
    let after: string | undefined;
    do {
      const page = await reader.domainsRotating(after, PAGE);
      for (const domain of page) {
        seen.add(domain.id);
        const keys = await reader.dkimKeys(domain.id);
        const looked = lookedAtMs.get(domain.id);
        if (isDue(looked, everyMsOf(keys, clock.now()), clock.now()))
          found.push({ domain, keys, accountId: domain.accountId, lookedAtMs: looked });
      }
      after = page.length < PAGE || stopped() ? undefined : page.at(-1)?.id;
    } while (after !== undefined);
    if (!stopped()) for (const id of lookedAtMs.keys()) if (!seen.has(id)) lookedAtMs.delete(id);
    return found;
  };
  const carryOn = async (stopped: () => boolean) => {
    const due = inTurns(await rotating(stopped));
    const endMs = clock.monotonic() + WITHIN_MS;
    for (const { domain, keys } of due) {
      if (stopped() || clock.monotonic() >= endMs) return;
      lookedAtMs.set(domain.id, clock.now());
      await unlessGone(lookAt(domain, keys, context));
    }
  };
  const look = async (stopped: () => boolean) => {
    try {
      await begin();
      await carryOn(stopped);
    } catch (error) {
      // The check of the store tells of it; the next look goes on.
      if (!(error instanceof StoreError)) log.error('dkim rotation', { reason: String(error) });
    }
  };
  return startLooking({ everyMs: LOOK_MS, look, clock, isOurs });
}

async function lookAt(
  domain: Domain,
  before: readonly DkimKey[],
  context: Parameters<typeof lookAtRotation>[1] & Pick<RotationWatchOptions, 'log'>,
): Promise<void> {
  const { keys } = await lookAtRotation(domain, context);
  const selectors = signing(keys);
  if (selectors.join() !== signing(before).join())
    context.log.info('dkim keys switched', { domain: domain.name, selectors });
}

function signing(keys: readonly DkimKey[]): readonly string[] {
  return keys.flatMap(({ state, selector }) => (state === 'active' ? [selector] : []));
}

function everyMsOf(keys: readonly DkimKey[], nowMs: number): number {
  const pending = keys.filter(({ state }) => state === 'pending');
  const isFresh = pending.some(
    ({ createdAtMs, seenSinceMs }) => nowMs - Math.max(createdAtMs, seenSinceMs ?? createdAtMs) < FRESH_MS,
  );
  return isFresh ? 0 : LATER_MS;
}
