/** The store's thread: opens the engine, serves it on every port that it receives, and closes it on request. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../platform/assert.ts';
import { systemClock } from '../../platform/clock.ts';
import { releaseAtRest, threadHeap } from '../../platform/heap-at-rest.ts';
import { bufferedSink, createLog } from '../../platform/log.ts';
import { createRedaction } from '../../platform/log-redaction.ts';
import { systemRandom } from '../../platform/random.ts';
import { createSecretBox } from '../../platform/secret-box.ts';
import { watchThread } from '../../platform/thread-figures.ts';
import { addressHashesOf } from '../hashed-addresses.ts';
import type { StoreWriter } from '../open-store.ts';
import { openWriter } from './open-writer.ts';
import { toPortError } from './port-protocol.ts';
import type { ServedPort } from './serve-store.ts';
import { serveStore } from './serve-store.ts';
import type { FromThread, LogSettings, StoreThreadData, ToThread } from './thread.ts';

const parent = parentPort;
assert(parent !== null, 'thread-main.ts runs as a worker');
const { log: logOptions, place, masterKeys, ...options } = workerData as StoreThreadData;
const sink = bufferedSink(1, systemClock);
let settings: LogSettings = logOptions;
const box = masterKeys && createSecretBox(masterKeys.present, systemRandom, masterKeys.previous);
const redaction =
  box &&
  createRedaction({
    get kinds() {
      return settings.redact ?? [];
    },
    hmac: (text) => box.hmac(text),
  });
const log = createLog({
  get level() {
    return settings.level;
  },
  format: logOptions.format,
  clock: systemClock,
  write: (line) => sink.write(line),
  redact: redaction?.fields,
});
const say = (message: FromThread) => parent.postMessage(message);

async function open(): Promise<StoreWriter | undefined> {
  try {
    return await openWriter(place, {
      ...options,
      addressHashes: box && addressHashesOf(box),
      clock: systemClock,
      random: systemRandom,
      log,
      onFailure: (error) => say({ kind: 'failed', error: toPortError(error) }),
    });
  } catch (error) {
    say({ kind: 'refused', error: toPortError(error) });
    return undefined;
  }
}

const store = await open();
if (store !== undefined) {
  const ports: ServedPort[] = [];
  const rest = releaseAtRest(threadHeap(), systemClock);
  const watch = watchThread();
  parent.on('message', (message: ToThread) => {
    if (message.kind === 'connect') {
      ports.push(serveStore(store, message.port));
      return;
    }
    if (message.kind === 'figures') {
      say({ kind: 'figures', figures: { commits: store.commitFigures(), thread: watch.figures() } });
      return;
    }
    if (message.kind === 'log') {
      ({ settings } = message);
      return;
    }
    // Calls that arrived before the stop are finished first.
    for (const port of ports) port.drain();
    rest.stop();
    watch.stop();
    void store.close().finally(() => {
      // One more turn, so that the last answers are sent.
      setImmediate(() => {
        for (const port of ports) port.close();
        sink.flush();
        parent.close();
      });
    });
  });
  say({ kind: 'ready' });
}
