/**
 * Looks at the surroundings of a running relay by policy/look-schedule.ts, and keeps the findings for the checks
 * (upkeep/check-watch.ts). One look at a time, each bounded in time. The times of looks are in the store, so that a restart
 * does not query blocklists again.
 */
import {
  lookAround,
  lookAtLists,
  outsideAddresses,
  type SurroundingsFacts,
  type SurroundingsOptions,
} from '../doctor/surroundings.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { EVERY_MS, isDue } from '../policy/look-schedule.ts';
import { StoreError } from '../store/errors.ts';
import type { FindingReader, FindingWriter } from '../store/findings.ts';
import { createDomainWatch, type DomainWatchOptions } from './domain-watch.ts';
import type { CheckFacts } from '../policy/checks/registry.ts';

export interface SurroundingsWatchOptions extends Omit<
  DomainWatchOptions,
  'resolver' | 'config' | 'addresses'
> {
  readonly surroundings: SurroundingsOptions & { readonly config: DomainWatchOptions['config'] };
  readonly reader: DomainWatchOptions['reader'] & Pick<FindingReader, 'lookStates'>;
  readonly writer: Pick<FindingWriter, 'recordLooks'>;
  /** False while another node looks at what is the same from everywhere: lists and domains. Default: this one does. */
  readonly isOurs?: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Findings of the last looks; absent before the first. */
export type WatchedFacts = SurroundingsFacts & Pick<CheckFacts, 'domain_records'>;

export interface SurroundingsWatch {
  facts(): WatchedFacts;
  /** Looks at everything soon, without regard to the schedule; of domains at those named and all with a problem. */
  lookAgain(domains: readonly string[]): void;
  begin(): void;
  stop(): void;
}

/** The relay's own start has the machine first. */
const BEGIN_AFTER_MS = 60_000;
/** A new domain is verified as soon. */
const TURN_EVERY_MS = 60_000;
const LISTS = 'lists';

export function startSurroundingsWatch(options: SurroundingsWatchOptions): SurroundingsWatch {
  const { surroundings, reader, writer, clock, log, isOurs = () => true } = options;
  let facts: WatchedFacts = {};
  let [aroundAtMs, listsAtMs]: (number | undefined)[] = [];
  let loaded = false;
  let again: Set<string> | undefined;
  let turning = false;
  let timer: Timer | undefined;
  const domains = createDomainWatch({
    ...options,
    ...surroundings,
    addresses: () => outsideAddresses(facts.reverse_dns, surroundings.config.egress),
  });
  const load = async () => {
    const states = await reader.lookStates();
    listsAtMs = states.find(({ subject }) => subject === LISTS)?.atMs;
    domains.load(states);
    loaded = true;
  };
  const turn = async () => {
    if (!loaded) await load();
    const wanted = again;
    again = undefined;
    const all = wanted !== undefined;
    // Findings that do not survive a restart come first.
    if (all || isDue(aroundAtMs, EVERY_MS.around, clock.now())) {
      facts = { ...facts, ...(await lookAround(surroundings)) };
      aroundAtMs = clock.now();
    }
    // What another node writes meanwhile is read when this one follows it.
    loaded = all || isOurs();
    if (!loaded) return;
    if (all || isDue(listsAtMs, EVERY_MS.lists, clock.now())) {
      facts = { ...facts, ...(await lookAtLists(surroundings)) };
      listsAtMs = clock.now();
      await writer.recordLooks([{ subject: LISTS, atMs: listsAtMs, found: '' }], [], []);
    }
    facts = { ...facts, domain_records: await domains.turn(wanted) };
  };
  const run = async () => {
    if (turning) return;
    turning = true;
    try {
      await turn();
    } catch (error) {
      // The check of the store reports it; the next turn continues where this one stopped.
      if (!(error instanceof StoreError)) log.error('surroundings', { reason: String(error) });
    } finally {
      turning = false;
    }
    if (again !== undefined) arm(0);
  };
  const arm = (delayMs: number) => {
    timer?.cancel();
    timer = clock.after(delayMs, () => {
      arm(TURN_EVERY_MS);
      void run();
    });
  };
  return {
    facts: () => facts,
    lookAgain(names) {
      again = new Set([...(again ?? []), ...names]);
      if (timer !== undefined && !turning) arm(0);
    },
    begin: () => arm(BEGIN_AFTER_MS),
    stop() {
      timer?.cancel();
      timer = undefined;
      again = undefined;
    },
  };
}
