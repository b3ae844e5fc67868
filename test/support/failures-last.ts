/**
 * A reporter of Vitest that says once more at the very end which tests failed: file and line, name, first line of the error. Of a
 * long run often only the end is kept. In `.ci/run` the lines are also appended to the file that FAILURES_FILE names, so that they
 * come after the output of all steps. Includes files that do not load, hooks that fail, and processes that Node.js crashed in.
 */
import { appendFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/** A line is for orientation; the whole error stands further up. */
const MAX_ERROR_CHARACTERS = 300;

interface Failure {
  readonly name?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
}

/** One line for each failure of a run. */
export function failureLines(modules: readonly TestModule[], unhandled: readonly Failure[]) {
  return [
    ...modules.flatMap((module) => [
      ...linesOf(module, module.errors()),
      ...[...module.children.allSuites()].flatMap((suite) => linesOf(suite, suite.errors())),
      ...[...module.children.allTests('failed')].flatMap((test) => linesOf(test, test.result().errors ?? [])),
    ]),
    ...unhandled.map((error) => `FAILED outside of a test: ${firstLine(error)}`),
  ];
}

export default class FailuresLast implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: Parameters<NonNullable<Reporter['onTestRunEnd']>>[1],
  ) {
    const lines = failureLines(modules, unhandled);
    const file = process.env['FAILURES_FILE'];
    if (file !== undefined) appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
    // The reporters are told at the same time; the default one prints its summary first.
    setImmediate(() => {
      for (const line of lines) console.log(line);
    });
  }
}

function linesOf(entity: TestModule | TestSuite | TestCase, errors: readonly Failure[]) {
  const module = entity.type === 'module' ? entity : entity.module;
  const name = entity.type === 'module' ? 'the file' : entity.fullName;
  return errors.map((error) => {
    const path = module.relativeModuleId;
    const line = /^:\d+/.exec(error.stack?.split(path, 2)[1] ?? '')?.[0] ?? '';
    return `FAILED ${path}${line} > ${name}: ${firstLine(error)}`;
  });
}

function firstLine({ name, message, cause }: Failure) {
  // A process that crashed is the cause of Vitest's own error, which says nothing.
  const reason = cause instanceof Object && 'message' in cause ? ` (${String(cause.message)})` : '';
  const [line] = `${name ?? 'Error'}: ${message}`.split('\n', 1);
  return `${line ?? ''}${reason}`.slice(0, MAX_ERROR_CHARACTERS);
}
