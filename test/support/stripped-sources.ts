/**
 * How the processes of tests run TypeScript in their threads and child processes. Node.js strips the types with a
 * WebAssembly module of 2.8 MB, which every thread compiles for itself. Where such code comes and goes by the hundred in
 * one process, as in the conformance suite behind the store's thread, V8 is known to lose track of its pages and to end
 * the process (nodejs/node#64500). With a folder where Node.js keeps what it has stripped, only the first thread needs the
 * module, and a thread starts in half the time. relayd runs what `npm run build` made and never needs it.
 */
import { fileURLToPath } from 'node:url';

/** For `test` of a Vitest configuration. */
export const STRIPPED_ONCE = {
  env: {
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/node-compile', import.meta.url)),
  },
  // The same bookkeeping, on processors that can guard pages of code with keys.
  execArgv: ['--no-memory-protection-keys'],
};
