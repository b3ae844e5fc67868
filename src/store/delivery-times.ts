/**
 * Durations of deliveries as a histogram on a logarithmic scale: four steps for each doubling, beginning at one millisecond.
 * A percentile is read as the middle of its step, so its error is 9.1 % at most (2^(1/8)), however many deliveries were
 * counted. Histograms of hours, days and names can be added.
 */

const STEPS_PER_DOUBLING = 4;
/** The last step begins at 2^31 ms, beyond any `delivery.max_age`. */
const LAST_STEP = 31 * STEPS_PER_DOUBLING;

/** The step of `durationMs`; step 0 includes everything below a millisecond. */
export function stepOf(durationMs: number): number {
  if (!(durationMs > 1)) return 0;
  return Math.min(LAST_STEP, Math.floor(Math.log2(durationMs) * STEPS_PER_DOUBLING));
}

/** Counts by step. */
export type DeliveryTimes = Map<number, number>;

/**
 * The duration in ms that `share` (0 to 1) of the deliveries did not exceed, within 9.1 %; `undefined` when nothing was
 * counted.
 */
export function percentileMs(times: ReadonlyMap<number, number>, share: number): number | undefined {
  const steps = [...times].filter(([, count]) => count > 0).sort(([one], [other]) => one - other);
  const total = steps.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  let left = Math.max(1, Math.ceil(total * share));
  for (const [step, count] of steps) {
    left -= count;
    if (left <= 0) return Math.round(2 ** ((step + 0.5) / STEPS_PER_DOUBLING));
  }
  return undefined;
}

/** The stored form: for each step its number in one octet and its count in groups of seven bits, lowest first. */
export function encodeTimes(times: ReadonlyMap<number, number> | Float64Array): Uint8Array {
  const octets: number[] = [];
  for (const [step, count] of times.entries()) {
    if (count <= 0) continue;
    octets.push(step);
    let rest = count;
    while (rest >= 0x80) {
      octets.push((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    octets.push(rest);
  }
  return Uint8Array.from(octets);
}

/** Adds an encoding of {@link encodeTimes} to `times`. */
export function decodeTimes(stored: Uint8Array | null, times: DeliveryTimes): void {
  if (stored === null) return;
  const sums = timeSums();
  addToSums(stored, sums);
  sums.forEach((count, step) => {
    if (count !== 0) times.set(step, (times.get(step) ?? 0) + count);
  });
}

/** Counts by step as an array, which is fast to add to thousands of times. */
export function timeSums(): Float64Array {
  return new Float64Array(LAST_STEP + 1);
}

/** Adds an encoding of {@link encodeTimes}. */
export function addToSums(stored: Uint8Array, sums: Float64Array): void {
  for (let at = 0; at < stored.length;) {
    const step = stored[at++] ?? 0;
    let count = 0;
    let factor = 1;
    for (;;) {
      const octet = stored[at++] ?? 0;
      count += (octet % 0x80) * factor;
      if (octet < 0x80) break;
      factor *= 0x80;
    }
    sums[step] = (sums[step] ?? 0) + count;
  }
}

/** The sum of two encodings. */
export function joinTimes(one: Uint8Array, other: Uint8Array): Buffer {
  const times: DeliveryTimes = new Map();
  decodeTimes(one, times);
  decodeTimes(other, times);
  return Buffer.from(encodeTimes(times));
}
