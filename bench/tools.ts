/**
 * Load generator and sink of a run, in one of two kinds that do the same: native ones (bench/native, C), which cost next to
 * nothing and need a compiler, and those in Node.js, which run everywhere. One choice for all contenders of a run.
 */
import { Child } from './child.ts';
import { buildNativeTools } from './native-build.ts';
import { nativeTools } from './native-tools.ts';
import type { Tools } from './tool-process.ts';

const nodeTools: Tools = {
  name: 'node',
  startGenerator: () => new Child('load-generator.ts', {}),
  startSink: (options) => new Child('sink.ts', options),
};

/**
 * `wanted` as on the command line: `native`, `node`, or `undefined` for native ones where they can be compiled. `note` is
 * one line for the reader. Throws when native ones are asked for and cannot be had.
 */
export function chooseTools(
  wanted: string | undefined,
  build: typeof buildNativeTools = buildNativeTools,
): { readonly tools: Tools; readonly note: string } {
  if (wanted === 'node') return { tools: nodeTools, note: 'load generator and sink: node' };
  if (wanted !== undefined && wanted !== 'native')
    throw new Error(`--tools knows native and node, not ${wanted}`);
  const built = build();
  if (!('missing' in built)) return { tools: nativeTools(built), note: 'load generator and sink: native' };
  if (wanted === 'native') throw new Error(`--tools native: ${built.missing}`);
  return { tools: nodeTools, note: `load generator and sink: node, as there is ${built.missing}` };
}
