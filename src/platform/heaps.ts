/** How V8 keeps memory in a relay, where hardly any object outlives its message. */
import { setFlagsFromString } from 'node:v8';
import type { ResourceLimits } from 'node:worker_threads';

/**
 * Half-spaces of 4 MiB where V8 would take 16: a message leaves nothing behind, so a larger one only holds more of what
 * is dead already, above all content, until it is looked at (measured: 80 to 100 MB less, at no cost).
 */
export const WORKER_HEAP: ResourceLimits = { maxYoungGenerationSizeMb: 12 };

const GROWTH_PER_CENT = 300;

/**
 * Lets every heap of the process grow to four times of what lives in it before it is collected as a whole. By itself V8
 * does that to a small heap whenever three megabytes came to it, and what was under way at the last small collection
 * counts: at 50 KiB a message six times a second (measured: a tenth of all processor time, against 60 MB).
 */
export function letHeapsGrow(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PER_CENT}`);
}
