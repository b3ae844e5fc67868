/**
 * What routes and sources name and do not contain: passwords of smart hosts, from the table, a file or the environment
 * (`RELAY_ROUTE__OFFICE__PASSWORD`, `…_FILE`), and client certificates. Read anew at each load, so SIGHUP takes a new
 * password or token.
 */
import { createSecureContext } from 'node:tls';
import type { RelayLogin, RouteRule } from '../../policy/egress/route-rules.ts';
import type { Source } from '../../policy/egress/source.ts';
import { nearestName } from '../nearest-name.ts';
import { reason } from '../read-failure.ts';
import { loginTextKind } from './egress-kinds.ts';
import type { LoginTable, RouteTable } from './route-table.ts';
import type { SourceTable } from './source-table.ts';
import { foldedName } from './table-fields.ts';

/** All but its name in EHLO, which may be the relay's. */
export type ReadSource = Omit<Source, 'hostname'> & Pick<SourceTable, 'hostname'>;

/** Something that cannot be read; one of `at` and `variable` says where it is named. */
export interface SecretFault {
  /** Its path, as key-lines.ts has it. */
  readonly at?: string;
  readonly variable?: string;
  /** As it is shown. */
  readonly key?: string;
  readonly message: string;
}

export interface SecretsContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when there is no such file. */
  readonly readFile: (path: string) => string;
  readonly faults: SecretFault[];
  /** The files of secrets that were read. */
  readonly files: string[];
}

const PREFIX = 'RELAY_ROUTE__';
const FILE_SUFFIX = '_FILE';

/** Read here, and no setting. */
export function isRouteVariable(variable: string): boolean {
  return variable.startsWith(PREFIX);
}

function passwordVariable(route: string): string {
  return `${PREFIX}${foldedName(route)}__PASSWORD`;
}

export function readRouteSecrets(
  routes: readonly RouteTable[],
  context: SecretsContext,
): readonly RouteRule[] {
  refuseOtherVariables(routes, context);
  return routes.map(({ smartHost, ...rule }, position) => ({
    ...rule,
    smartHost: smartHost && {
      ...smartHost,
      login: smartHost.login && readLogin(smartHost.login, rule.name, position, context),
    },
  }));
}

function readLogin(
  { username, password, passwordFile, mechanism }: LoginTable,
  route: string,
  position: number,
  { env, readFile, faults, files }: SecretsContext,
): RelayLogin {
  const variable = passwordVariable(route);
  const fileVariable = variable + FILE_SUFFIX;
  const inTable = (key: string) => ({ at: `route.${position}.${key}`, key: `route.${route}.${key}` });
  const inEnvironment = (name: string) => ({ variable: name, key: `route.${route}.password` });
  const taken = (secret: string, place: Omit<SecretFault, 'message'>, what = 'the secret') => {
    const read = loginTextKind.schema.safeParse(secret.trim());
    if (!read.success)
      faults.push({ ...place, message: `${what} ${read.error.issues[0]?.message ?? 'is wrong'}` });
    return { username, password: read.data ?? '', mechanism };
  };
  const fromFile = (file: string, place: Omit<SecretFault, 'message'>) => {
    files.push(file);
    try {
      return taken(readFile(file), place, `the secret in ${file}`);
    } catch (error) {
      faults.push({ ...place, message: `cannot read ${file}: ${reason(error)}` });
      return { username, password: '', mechanism };
    }
  };
  const given = env[variable];
  const file = env[fileVariable];
  if (given !== undefined && file !== undefined)
    faults.push({ ...inEnvironment(fileVariable), message: `is given twice: unset this or ${variable}` });
  if (given !== undefined) return taken(given, inEnvironment(variable));
  if (file !== undefined) return fromFile(file, inEnvironment(fileVariable));
  if (passwordFile !== undefined) return fromFile(passwordFile, inTable('password_file'));
  if (password === undefined)
    faults.push({
      ...inTable('username'),
      message: `needs a password: password_file, or ${fileVariable} in the environment`,
    });
  return { username, password: password ?? '', mechanism };
}

function refuseOtherVariables(routes: readonly RouteTable[], { env, faults }: SecretsContext): void {
  const logins = routes.filter(({ smartHost }) => smartHost?.login !== undefined);
  const known = logins
    .map(({ name }) => passwordVariable(name))
    .flatMap((variable) => [variable, variable + FILE_SUFFIX]);
  for (const variable of Object.keys(env)) {
    if (!isRouteVariable(variable) || env[variable] === undefined || known.includes(variable)) continue;
    const meant = nearestName(variable, known);
    const remedy =
      meant === undefined
        ? `the password of [[route]] name = "office" with a username is ${passwordVariable('office')}${FILE_SUFFIX}`
        : `did you mean ${meant}?`;
    faults.push({ variable, message: `no route takes it; ${remedy}` });
  }
}

export function readCertificates(
  sources: readonly SourceTable[],
  { readFile, faults, files }: SecretsContext,
): readonly ReadSource[] {
  return sources.map(({ certificateFiles, ...source }, position) => {
    if (certificateFiles === undefined) return { ...source, clientCertificate: undefined };
    files.push(certificateFiles.key);
    const refuse = (key: string, message: string) =>
      faults.push({
        at: `source.${position}.${key}`,
        key: `source.${source.name}.${key}`,
        message,
      });
    const [cert = '', key = ''] = (['cert', 'key'] as const).map((part) => {
      const file = certificateFiles[part];
      try {
        return readFile(file);
      } catch (error) {
        refuse(`client_${part}`, `cannot read ${file}: ${reason(error)}`);
        return '';
      }
    });
    try {
      if (cert !== '' && key !== '') createSecureContext({ cert, key });
    } catch {
      refuse('client_cert', 'and client_key are no certificate in PEM with its private key');
    }
    return { ...source, clientCertificate: { cert, key } };
  });
}
