/** Templates in their own process: tenants write them, so their cost is limited here. */
import type { Clock } from '../platform/clock.ts';
import { createIsolatedProcess } from '../platform/isolated-process.ts';
import type { Log } from '../platform/log.ts';
import { workerUrl } from '../platform/worker-url.ts';
import {
  createTemplateEngine,
  TEMPLATE_HEAP_MIB,
  TEMPLATE_OUTPUT_BYTES,
  TEMPLATE_TIME_MS,
  type TemplateEngine,
} from '../template/template-engine.ts';

/** Fills and checks of all accounts; one fill takes what waits for its version. */
const MAX_WAITING = 500;
/** It holds some 70 MiB, and the first message after it has ended waits for its start. */
const IDLE_MS = 10 * 60_000;

/** The process starts with the first template. */
export function openTemplateEngine(clock: Clock, log: Log): TemplateEngine {
  const process = createIsolatedProcess({
    name: 'relay-templates',
    entry: workerUrl(import.meta.url, './isolated-templates'),
    timeMs: TEMPLATE_TIME_MS,
    heapMiB: TEMPLATE_HEAP_MIB,
    maxWaiting: MAX_WAITING,
    maxOutputBytes: TEMPLATE_OUTPUT_BYTES,
    idleMs: IDLE_MS,
    clock,
    log,
  });
  return createTemplateEngine({ process, clock, log });
}
