/**
 * What a command that failed says: on standard error, what was wrong and what to type instead, or with `--json` one
 * object with a stable code. Errors that are not foreseen keep their message and say where to look.
 */
import { ConfigError, formatConfigProblem } from '../../config/config-error.ts';
import { visible, visibleJson } from '../../platform/visible-text.ts';
import { SecretBoxError } from '../../platform/secret-box.ts';
import { StoreError } from '../../store/errors.ts';
import type { StoreErrorCode } from '../../store/errors.ts';
import { TemplateEngineError } from '../../template/template-engine.ts';
import { CliFailure } from './cli-failure.ts';
import type { CliIo } from './cli-io.ts';

/** Where a failure is reported, and what may explain it. */
interface Report {
  readonly io: CliIo;
  readonly json: boolean;
  /** The file of the configuration; `null`: there is none; `undefined`: it was not read. */
  readonly configFile: string | null | undefined;
}

/** Prints `error` and returns the exit code. */
export function reportFailure(error: unknown, { io, json, configFile }: Report): 1 | 2 {
  if (error instanceof ConfigError) return reportConfig(error, io, json);
  const failure = asFailure(error);
  // Wrong usage is wrong with any configuration.
  const read = failure.exitCode === 1 ? configFile : undefined;
  if (json) {
    const { code, message, hint } = failure;
    const more = { ...(hint !== undefined && { hint }), ...(read !== undefined && { config_file: read }) };
    io.err(visibleJson({ error: { code, message, ...more } }) + '\n');
  } else {
    io.err(`relayctl: ${visible(failure.message)}\n`);
    for (const line of failure.hint?.split('\n') ?? []) io.err(`  ${line}\n`);
    if (read !== undefined) io.err(`  (configuration: ${visible(read ?? 'no file, the defaults')})\n`);
  }
  return failure.exitCode;
}

function reportConfig(error: ConfigError, io: CliIo, json: boolean): 1 {
  if (json) {
    const problems = error.problems.map(({ file, line, variable, key, message, accepted }) => ({
      file: file ?? null,
      line: line ?? null,
      variable: variable ?? null,
      key: key ?? null,
      message,
      accepted: accepted ?? null,
    }));
    io.err(visibleJson({ error: { code: error.code, message: error.message, problems } }) + '\n');
  } else {
    io.err('relayctl: the configuration is wrong\n');
    for (const problem of error.problems) io.err(`  ${formatConfigProblem(problem)}\n`);
  }
  return 1;
}

const STORE_HINTS: Readonly<Partial<Record<StoreErrorCode, string>>> = {
  busy: 'the store is in heavy use: try again',
  'disk-full': 'make room on the disk of data_dir, then try again',
  failed: 'check the disk and the permissions of data_dir (relayctl has to run as the user of relayd)',
  incompatible: 'run the relayctl of the same version as relayd',
};

function asFailure(error: unknown): CliFailure {
  if (error instanceof CliFailure) return error;
  if (error instanceof StoreError && error.code === 'unsafe')
    return new CliFailure('unsafe', 'other users can get at the data folder', { hint: error.message });
  if (error instanceof StoreError)
    return new CliFailure(error.code, error.message, { hint: error.remedy ?? STORE_HINTS[error.code] });
  if (error instanceof TemplateEngineError)
    return new CliFailure(error.code, 'the process that fills templates could not start or was ended', {
      hint: 'try again; it needs about 100 MiB of memory',
    });
  if (error instanceof SecretBoxError) return new CliFailure(error.code, error.message);
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && error.stack !== undefined ? firstFrames(error.stack) : undefined;
  return new CliFailure('internal', `something unforeseen went wrong: ${message}`, { hint });
}

function firstFrames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 3)
    .map((line) => line.trim())
    .join('\n');
}
