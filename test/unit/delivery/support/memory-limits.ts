/** Limits and suspensions as the store keeps them, in memory: for deliveries on a virtual clock. */
import type { AutomaticLimit } from '../../../../src/policy/shaping/automatic-limit.ts';
import {
  changeOf,
  limitAt,
  nextLimit,
  type LimitingReply,
} from '../../../../src/policy/shaping/next-limit.ts';
import type { ShapingReader, ShapingWriter, Suspension } from '../../../../src/store/shaping.ts';

export class MemoryLimits implements ShapingReader, Pick<ShapingWriter, 'limitDestination' | 'raiseLimits'> {
  readonly limits = new Map<string, AutomaticLimit>();
  readonly suspended: Suspension[] = [];
  /** Of limits, as the events tell them. */
  readonly changes: { change: string; step: number; atMs: number }[] = [];

  async destinationLimits(): Promise<readonly AutomaticLimit[]> {
    return [...this.limits.values()];
  }

  async accountsResuming(): Promise<readonly string[]> {
    return [];
  }

  async suspensions(): Promise<readonly Suspension[]> {
    return [...this.suspended];
  }

  async limitDestination(said: LimitingReply): Promise<AutomaticLimit> {
    const key = `${said.subject} ${said.source ?? ''}`;
    const before = this.limits.get(key);
    const after = nextLimit(before, said);
    this.#put(key, before && limitAt(before, said.nowMs), after, said.nowMs);
    return after;
  }

  async raiseLimits(nowMs: number): Promise<number> {
    let changed = 0;
    for (const [key, before] of this.limits) {
      if (before.untilMs > nowMs) continue;
      this.#put(key, before, limitAt(before, nowMs), nowMs);
      changed++;
    }
    return changed;
  }

  #put(
    key: string,
    before: AutomaticLimit | undefined,
    after: AutomaticLimit | undefined,
    atMs: number,
  ): void {
    const change = changeOf(before, after);
    if (change === undefined) return;
    if (after === undefined) this.limits.delete(key);
    else this.limits.set(key, after);
    this.changes.push({ change, step: after?.step ?? 0, atMs });
  }
}
