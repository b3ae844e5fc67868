/** A process with an isolated child: has it do the operation that the arguments name, and waits to be killed. */
import { systemClock } from '../../src/platform/clock.ts';
import { createIsolatedProcess } from '../../src/platform/isolated-process.ts';
import { silentLog } from '../../src/platform/log.ts';

const HOUR_MS = 3_600_000;

const isolated = createIsolatedProcess({
  name: 'orphan-to-be',
  entry: new URL('./isolated-operations.ts', import.meta.url),
  timeMs: HOUR_MS,
  heapMiB: 32,
  maxWaiting: 10,
  maxOutputBytes: 1024,
  idleMs: HOUR_MS,
  clock: systemClock,
  log: silentLog,
});
await isolated.run(process.argv[2] ?? '', process.argv[3], '');
