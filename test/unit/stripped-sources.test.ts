/** Threads started from TypeScript by the hundred must not compile WebAssembly each: test/support/stripped-sources.ts says why. */
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const CODE = `
  const { parentPort, workerData } = require('node:worker_threads');
  let modules = 0;
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(target, args) {
      modules++;
      return Reflect.construct(target, args);
    },
  });
  import(workerData).then(() => parentPort.postMessage(modules));
`;

/** How many WebAssembly modules a thread compiles that imports the store's engine from source. */
async function modulesOfOneThread(): Promise<number> {
  const entry = new URL('../../src/store/sqlite/open.ts', import.meta.url).href;
  const worker = new Worker(CODE, { eval: true, workerData: entry });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  const modules = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await exited;
  return modules;
}

test('only the first thread that runs a source strips its types', async () => {
  await modulesOfOneThread();
  expect(await modulesOfOneThread()).toBe(0);
});
