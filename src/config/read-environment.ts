/**
 * Environment variables as given values: `RELAY_SUBMISSION__MAX_MESSAGE_BYTES` for `submission.max_message_bytes`,
 * lists separated by commas or in JSON, and for secrets `RELAY_…_FILE`, which names a file with the value; a list has one item
 * a line there, too.
 */
import { assertNever } from '../platform/assert.ts';
import type { ConfigProblem } from './config-error.ts';
import { isRouteVariable } from './egress/egress-secrets.ts';
import { nearestName } from './nearest-name.ts';
import type { GivenValue, GivenValues } from './read-file.ts';
import { reason } from './read-failure.ts';
import { SETTING_KEYS, SETTINGS, variableName } from './settings.ts';
import type { SettingKey } from './settings.ts';
import type { WrittenAs } from './value-kind.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file; not a key. */
export const CONFIG_VARIABLE = 'RELAY_CONFIG';

const PREFIX = 'RELAY_';
const FILE_SUFFIX = '_FILE';

const KEY_OF_VARIABLE = new Map(SETTING_KEYS.map((key) => [variableName(key), key]));
const KEY_OF_FILE_VARIABLE = new Map(
  SETTING_KEYS.filter((key) => SETTINGS[key].secret).map((key) => [variableName(key) + FILE_SUFFIX, key]),
);

/** `readFile` throws when there is no such file. */
export function readEnvironment(env: Environment, readFile: (path: string) => string): GivenValues {
  const values: GivenValue[] = [];
  const problems: ConfigProblem[] = [];
  const refuse = (variable: string, key: SettingKey | undefined, message: string) => {
    problems.push({ file: undefined, line: undefined, variable, key, message, accepted: undefined });
  };
  for (const [variable, written] of Object.entries(env)) {
    if (written === undefined || !variable.startsWith(PREFIX) || variable === CONFIG_VARIABLE) continue;
    if (isRouteVariable(variable)) continue;
    const key = KEY_OF_VARIABLE.get(variable);
    if (key !== undefined) {
      const source = { kind: 'environment', variable, file: undefined } as const;
      values.push({ key, value: fromText(written, SETTINGS[key].kind.writtenAs), source });
      continue;
    }
    const fileKey = KEY_OF_FILE_VARIABLE.get(variable);
    if (fileKey === undefined) {
      refuse(variable, undefined, `there is no such setting; ${suggestVariable(variable)}`);
    } else if (env[variableName(fileKey)] !== undefined) {
      refuse(variable, fileKey, `is given twice: unset this or ${variableName(fileKey)}`);
    } else {
      try {
        const { writtenAs } = SETTINGS[fileKey].kind;
        const content = readFile(written).trim();
        const value = fromText(writtenAs === 'list' ? content.split(/\s+/).join(',') : content, writtenAs);
        values.push({ key: fileKey, value, source: { kind: 'environment', variable, file: written } });
      } catch (error) {
        refuse(variable, fileKey, `cannot read ${written}: ${reason(error)}`);
      }
    }
  }
  return { values, problems };
}

/** `env` without what configures Postern: for a relay of a program's own, which must not come to a store that is in use. */
export function withoutSettings(env: Environment = process.env): Environment {
  return Object.fromEntries(Object.entries(env).filter(([variable]) => !variable.startsWith(PREFIX)));
}

/** The TOML value of `written`; unchanged when it is none, so that the kind's own message follows. */
function fromText(written: string, writtenAs: WrittenAs): unknown {
  switch (writtenAs) {
    case 'text':
      return written;
    case 'boolean':
      return /^true$/i.test(written) ? true : /^false$/i.test(written) ? false : written;
    case 'integer':
    case 'text or integer':
      return /^\d{1,15}$/.test(written) ? Number(written) : written;
    case 'list':
      return fromListText(written.trim());
    case 'tables':
      return fromJson(written);
    default:
      return assertNever(writtenAs);
  }
}

/** Tables in JSON. */
function fromJson(written: string): unknown {
  try {
    return JSON.parse(written) as unknown;
  } catch {
    return written;
  }
}

function fromListText(written: string): unknown {
  if (written === '') return [];
  if (written.startsWith('[')) {
    try {
      return JSON.parse(written) as unknown;
    } catch {
      // An IPv6 listener such as [::]:587 starts like JSON.
    }
  }
  return written.split(',').map((item) => item.trim());
}

function suggestVariable(variable: string): string {
  const known = [...KEY_OF_VARIABLE.keys(), ...KEY_OF_FILE_VARIABLE.keys(), CONFIG_VARIABLE];
  const meant =
    nearestName(variable, known) ?? nearestName(variable.replace(/([^_])_([^_])/, '$1__$2'), known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (variable.endsWith(FILE_SUFFIX) && KEY_OF_VARIABLE.has(variable.slice(0, -FILE_SUFFIX.length)))
    return `only secrets may be given as a file: ${[...KEY_OF_FILE_VARIABLE.keys()].join(', ')}`;
  return 'a key such as submission.max_recipients is RELAY_SUBMISSION__MAX_RECIPIENTS (two underscores for the dot)';
}
