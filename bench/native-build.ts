/**
 * Compiles the tools in `bench/native` when they are needed, with the C compiler of this machine, into a cache folder by a
 * hash of their sources, so that each version is compiled once. Nothing is installed and nothing is downloaded.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

export interface NativePrograms {
  readonly generator: string;
  readonly sink: string;
}

/** What a machine lacks to compile them. */
export interface NativeMissing {
  readonly missing: string;
}

/** The folder of the sources. */
export const NATIVE_SOURCES = path.join(import.meta.dirname, 'native');
/** What they have to compile with, without a warning. */
export const NATIVE_FLAGS: readonly string[] = ['-std=c11', '-Wall', '-Wextra', '-O2', '-D_GNU_SOURCE'];

const CACHE = path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'postern-bench');
const LIBRARIES = ['-lssl', '-lcrypto', '-lm'];
const INSTALL = 'apt-get install gcc libc6-dev libssl-dev';
/** What stands beside the file of its own name in both programs. */
const OF_BOTH = ['measure', 'json', 'command', 'loop', 'histogram', 'bench-message', 'tls', 'stream'];
const OF_GENERATOR = ['load-generator', 'load-run', 'load-plan', 'load-connection'];
const OF_SINK = ['sink', 'sink-connection', 'sink-count'];

/**
 * Both programs, compiled now unless they are in the cache. What is missing is said with how to get it; throws when there
 * is a compiler, and it takes offence at the sources.
 */
export function buildNativeTools(): NativePrograms | NativeMissing {
  if (process.platform !== 'linux') return { missing: 'no Linux here' };
  const folder = path.join(CACHE, hashOfSources());
  mkdirSync(folder, { recursive: true });
  const programs = { generator: path.join(folder, 'load-generator'), sink: path.join(folder, 'sink') };
  const missing = compile(programs.generator, OF_GENERATOR) ?? compile(programs.sink, OF_SINK);
  return missing === undefined ? programs : { missing: `${missing} (${INSTALL})` };
}

function hashOfSources(): string {
  const hash = createHash('sha256').update([process.arch, ...NATIVE_FLAGS, ...LIBRARIES].join(' '));
  for (const name of readdirSync(NATIVE_SOURCES).sort()) {
    hash.update(`\0${name}\0`).update(readFileSync(path.join(NATIVE_SOURCES, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** What is missing; `undefined` when `program` is there. Others may do the same at the same time. */
function compile(program: string, names: readonly string[]): string | undefined {
  if (existsSync(program)) return undefined;
  const sources = [...names, ...OF_BOTH].map((name) => path.join(NATIVE_SOURCES, `${name}.c`));
  const unfinished = `${program}.${process.pid}`;
  const args = [...NATIVE_FLAGS, '-o', unfinished, ...sources, ...LIBRARIES];
  const result = spawnSync('cc', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  if (result.error !== undefined) return 'no C compiler here';
  if (result.status === 0) {
    renameSync(unfinished, program);
    return undefined;
  }
  rmSync(unfinished, { force: true });
  if (/openssl\/\w+\.h('|: No such) file|cannot find -l(ssl|crypto)/.test(result.stderr)) {
    return 'no OpenSSL headers here';
  }
  if (/fatal error: '?\w+\.h('|: No such) file/.test(result.stderr))
    return 'no headers of the C library here';
  throw new Error(`cc failed (--tools node does without):\n${result.stderr}`);
}
