/** Tokens of windows in memory, as the store gives them out (store/sql/shaping/windows.ts). Can be made to fail. */
import {
  WINDOW_SLOTS,
  type UnusedTokens,
  type WindowLease,
  type WindowLeaseRequest,
  type WindowWriter,
} from '../../../../src/store/shaping.ts';

export class MemoryWindows implements WindowWriter {
  readonly taken = new Map<string, Map<number, number>>();
  readonly requests: WindowLeaseRequest[] = [];
  fails = false;

  async leaseWindow(request: WindowLeaseRequest): Promise<WindowLease> {
    await Promise.resolve();
    if (this.fails) throw new Error('the store is away');
    this.requests.push(request);
    const { bucket, windowMs, limit, wanted, nowMs } = request;
    const slotMs = windowMs / WINDOW_SLOTS;
    const slot = Math.floor(nowMs / slotMs);
    const slots = this.#slotsOf(bucket);
    const rows = [...slots].filter(([one]) => one > slot - WINDOW_SLOTS - 1).sort(([a], [b]) => a - b);
    const free = limit - rows.reduce((sum, [, taken]) => sum + taken, 0);
    const granted = Math.max(0, Math.min(wanted, free));
    slots.set(slot, (slots.get(slot) ?? 0) + granted);
    const endsAtMs = (slot + 1) * slotMs;
    const oldest = rows.find(([, taken]) => taken > 0)?.[0] ?? slot;
    return {
      granted,
      endsAtMs,
      moreAtMs: granted === wanted ? undefined : (oldest + WINDOW_SLOTS + 1) * slotMs,
    };
  }

  async returnTokens(unused: readonly UnusedTokens[]): Promise<void> {
    await Promise.resolve();
    for (const { bucket, windowMs, endsAtMs, count } of unused) {
      const slots = this.#slotsOf(bucket);
      const slot = Math.round(endsAtMs / (windowMs / WINDOW_SLOTS)) - 1;
      slots.set(slot, Math.max(0, (slots.get(slot) ?? 0) - count));
    }
  }

  #slotsOf(bucket: string): Map<number, number> {
    let slots = this.taken.get(bucket);
    if (slots === undefined) this.taken.set(bucket, (slots = new Map<number, number>()));
    return slots;
  }
}
