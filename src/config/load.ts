/**
 * Loads the configuration from a file, the environment and secret files into one `Config`, or into a list of all
 * problems. The environment overrides the file, the file overrides the defaults. All input is passed as arguments, so
 * `relayctl config check`, the server and the tests run the same code.
 */
import { resolve } from 'node:path';
import {
  assemble,
  settleValues,
  type EgressValues,
  type SettledValues,
  type Surroundings,
} from './assemble.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigProblem } from './config-error.ts';
import { findContradictions } from './contradictions.ts';
import { egressWarnings } from './egress/egress-contradictions.ts';
import { readCertificates, readRouteSecrets, type SecretFault } from './egress/egress-secrets.ts';
import { faultOf, type TableIssue } from './egress/table-fields.ts';
import { halfOfOneClick } from './links.ts';
import { inheritedSockets, mayBeSubmission } from './inherited-sockets.ts';
import { CONFIG_VARIABLE, readEnvironment } from './read-environment.ts';
import { reason } from './read-failure.ts';
import type { Environment } from './read-environment.ts';
import { readToml } from './read-file.ts';
import type { GivenValue, GivenValues, SettingSource } from './read-file.ts';
import { secretFiles } from './secret-files.ts';
import { SETTING_KEYS, SETTINGS } from './settings.ts';
import type { SettingKey, SettingValues } from './settings.ts';

/**
 * Searched in this order without `--config` and RELAY_CONFIG; the first file that sets something is read. The
 * config/relay.toml of a checkout, where every key is commented out, does not hide the one in /etc.
 */
export const DEFAULT_FILES = ['./relay.toml', './config/relay.toml', '/etc/postern/relay.toml'] as const;

/** Relative paths are relative to the working directory, also in the file. */
export interface ConfigInput extends Surroundings {
  /** From `--config`; this file must exist. */
  readonly path?: string | undefined;
  readonly env: Environment;
  /** UTF-8 text; throws with the code ENOENT when there is no such file. */
  readonly readFile: (path: string) => string;
  /** The process that systemd's sockets are meant for (inherited-sockets.ts). */
  readonly pid?: number | undefined;
}

/** A key with its value in force, as TOML, and its source. */
export interface EffectiveSetting {
  readonly key: SettingKey;
  readonly value: unknown;
  readonly source: SettingSource;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Of every key; `config` is built from them. */
  readonly values: SettledValues;
  /** Sentences that name their key; they do not stop the start. */
  readonly warnings: readonly string[];
  /** Absolute path of the file read; `undefined`: none, defaults apply. */
  readonly file: string | undefined;
  /** Every key, in the order of settings.ts. */
  readonly sources: readonly EffectiveSetting[];
  /** Absolute paths of the files that hold secrets. */
  readonly secretFiles: readonly string[];
}

/** Throws {@link ConfigError} with every problem found. */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const problems: ConfigProblem[] = [];
  const given = new Map<SettingKey, GivenValue>();
  const file = readConfigFile(input, problems);
  problems.push(...(file?.problems ?? []));
  for (const value of file?.values ?? []) given.set(value.key, value);
  const read = readEnvironment(input.env, (path) => input.readFile(resolve(input.cwd, path)));
  problems.push(...read.problems);
  for (const value of read.values) given.set(value.key, value);

  const values = parseValues(given, problems);
  if (values === undefined) throw new ConfigError(problems);
  const named: string[] = [];
  const settled = settleValues(values, readEgress(values, input, given, { problems, named }), input);
  const config = assemble(settled);
  for (const { key, at, message } of findContradictions(config))
    problems.push({ ...placeAt(given, at ?? key), key, message, accepted: undefined });
  if (problems.length > 0) throw new ConfigError(problems);

  const sources = SETTING_KEYS.map((key) => ({
    key,
    value: given.has(key) ? given.get(key)?.value : SETTINGS[key].default,
    source: given.get(key)?.source ?? { kind: 'default' as const },
  }));
  return {
    config,
    values: settled,
    warnings: findWarnings(config, given, mayBeSubmission(inheritedSockets(input.env, input.pid ?? 0))),
    file: file && resolve(input.cwd, file.name),
    sources,
    secretFiles: secretFiles({ config, sources, routeSecretIn: routeSecretIn(values, given), named }).map(
      (path) => resolve(input.cwd, path),
    ),
  };
}

interface NamedFile extends GivenValues {
  readonly name: string;
}

function readConfigFile(
  { path, env, readFile, cwd }: ConfigInput,
  problems: ConfigProblem[],
): NamedFile | undefined {
  let ofComments: NamedFile | undefined;
  const fromVariable = env[CONFIG_VARIABLE] === '' ? undefined : env[CONFIG_VARIABLE];
  const named = path ?? fromVariable;
  for (const name of named === undefined ? DEFAULT_FILES : [named]) {
    try {
      const file = { name, ...readToml(name, readFile(resolve(cwd, name))) };
      if (named !== undefined || file.values.length + file.problems.length > 0) return file;
      ofComments ??= file;
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (missing && named === undefined) continue;
      problems.push({
        file: name,
        line: undefined,
        variable: path === undefined && fromVariable !== undefined ? CONFIG_VARIABLE : undefined,
        key: undefined,
        message: `cannot read ${name}: ${reason(error)}`,
        accepted: undefined,
      });
      return undefined;
    }
  }
  return ofComments;
}

/** Every parsed key; `undefined` when one is malformed (its problem is added). */
function parseValues(given: Given, problems: ConfigProblem[]): SettingValues | undefined {
  const values: Partial<Record<SettingKey, unknown>> = {};
  let whole = true;
  for (const key of SETTING_KEYS) {
    const setting = SETTINGS[key];
    const from = given.get(key);
    const written = from === undefined ? setting.default : from.value;
    if (written === undefined) continue;
    const result = setting.kind.schema.safeParse(written);
    if (result.success) {
      values[key] = result.data;
      continue;
    }
    whole = false;
    if (setting.kind.writtenAs === 'tables') {
      problems.push(...tableProblems(key, given, result.error.issues));
      continue;
    }
    problems.push({
      ...placeAt(given, key),
      key,
      message: `${setting.secret ? 'the secret' : JSON.stringify(written)} ${result.error.issues[0]?.message ?? 'is wrong'}`,
      accepted: setting.kind.accepted,
    });
  }
  return whole ? (values as SettingValues) : undefined;
}

type Given = ReadonlyMap<SettingKey, GivenValue>;

/** Every fault of every table. */
function tableProblems(
  key: SettingKey,
  given: Given,
  issues: readonly TableIssue[],
): readonly ConfigProblem[] {
  return issues.map((issue) => ({
    ...placeAt(given, [key, ...issue.path].join('.')),
    ...faultOf(issue),
  }));
}

function readEgress(
  values: SettingValues,
  { env, readFile, cwd }: ConfigInput,
  given: Given,
  { problems, named }: { readonly problems: ConfigProblem[]; readonly named: string[] },
): EgressValues {
  const faults: SecretFault[] = [];
  const context = { env, readFile: (path: string) => readFile(resolve(cwd, path)), faults, files: named };
  const route = readRouteSecrets(values.route, context);
  const source = readCertificates(values.source, context);
  for (const { at, variable, key, message } of faults) {
    const place = at === undefined ? { file: undefined, line: undefined, variable } : placeAt(given, at);
    problems.push({ ...place, key, message, accepted: undefined });
  }
  return { route, source };
}

function routeSecretIn({ route }: SettingValues, given: Given): string | undefined {
  const source = given.get('route')?.source;
  const hasSecret = route.some(({ smartHost }) => smartHost?.login?.password !== undefined);
  return hasSecret && source?.kind === 'file' ? source.file : undefined;
}

/** `at`: a key, or a path in its tables, as key-lines.ts has it. */
function placeAt(given: Given, at: string): Pick<ConfigProblem, 'file' | 'line' | 'variable'> {
  const value = given.get(at as SettingKey) ?? given.get(at.split('.', 1)[0] as SettingKey);
  const source = value?.source;
  if (source?.kind === 'file')
    return { file: source.file, line: value?.lineOf?.(at) ?? source.line, variable: undefined };
  const variable = source?.kind === 'environment' ? source.variable : undefined;
  return { file: undefined, line: undefined, variable };
}

/** This warning does not apply when systemd passes sockets. */
export const NO_PORTS =
  'submission.listen and submission.listen_tls are both empty: nobody can submit mail, unless systemd opens the sockets';

/** Switching off a missing capability is harmless. */
function asksForSomething(value: unknown): boolean {
  return value !== false && !(Array.isArray(value) && value.length === 0);
}

function findWarnings(config: Config, given: Given, socketsCome: boolean): readonly string[] {
  const warnings: string[] = [...egressWarnings(config.egress)];
  const noOneClick = halfOfOneClick(config);
  if (noOneClick !== undefined) warnings.push(noOneClick);
  for (const key of SETTING_KEYS) {
    const { pending } = SETTINGS[key];
    const from = given.get(key);
    if (pending !== undefined && from !== undefined && asksForSomething(from.value))
      warnings.push(`${key} does nothing yet: this version has no ${pending}`);
  }
  const { listen, listenTls, listenCertificates } = config.submission;
  if (listen.length + listenTls.length + listenCertificates.length === 0 && !socketsCome)
    warnings.push(NO_PORTS);
  return warnings;
}
