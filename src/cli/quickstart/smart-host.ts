/** The smart host that quickstart is told of, by flags or where port 25 turns out to be closed, and its `[[route]]`. */
import { isIP } from 'node:net';
import path from 'node:path';
import { tableLines } from '../../config/first-file.ts';
import type { RouteRule } from '../../policy/egress/route-rules.ts';
import { parseHostPort } from '../../platform/network/host-port.ts';
import { normalizeDomain } from '../../smtp/address.ts';
import { readText } from '../input/text-file.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { Options } from '../program/options.ts';

export interface SmartHostAnswer {
  readonly host: string;
  /** `undefined`: as usual. */
  readonly port: number | undefined;
  readonly login: { readonly username: string; /** Absolute. */ readonly passwordFile: string } | undefined;
}

/** Access tokens are long. */
const MOST_SECRET_BYTES = 8192;

/** From the flags. Throws CliFailure for what cannot be meant, or read. */
export async function smartHostOf(
  context: CommandContext,
  options: Options,
): Promise<SmartHostAnswer | undefined> {
  const [host, username, file] = [
    options.text('smart-host'),
    options.text('smart-host-user'),
    options.text('smart-host-password-file'),
  ];
  if (host === undefined) {
    if (username !== undefined || file !== undefined)
      throw usage(
        '--smart-host is missing',
        'name the host that the login is for: --smart-host smtp.example.net',
      );
    return undefined;
  }
  if (username === undefined && file !== undefined)
    throw usage('--smart-host-user is missing', 'name the user whose password is in the file');
  if (username !== undefined && file === undefined)
    throw usage(
      '--smart-host-password-file is missing',
      'put the password in a file that only relayd may read',
    );
  const at = readHost(host);
  if (username === undefined || file === undefined) return { ...at, login: undefined };
  return { ...at, login: { username, passwordFile: await readable(context, file) } };
}

/** On a terminal. `undefined`: there is none. */
export async function askForSmartHost(context: CommandContext): Promise<SmartHostAnswer | undefined> {
  const ask = async <T>(question: string, read: (text: string) => T | Promise<T>): Promise<T | undefined> => {
    for (;;) {
      const answer = (await context.io.ask(`${question}: `)).trim();
      if (answer === '') return undefined;
      try {
        return await read(answer);
      } catch (error) {
        if (!(error instanceof CliFailure)) throw error;
        context.io.err(`  ${error.message}\n`);
      }
    }
  };
  const at = await ask(
    'Mail cannot leave directly. Smart host that takes it, as HOST or HOST:PORT (Enter: none)',
    readHost,
  );
  if (at === undefined) return undefined;
  const username = await ask('User name at the smart host (Enter: no login)', (text) => text);
  if (username === undefined) return { ...at, login: undefined };
  const passwordFile = await ask('File with the password of that user (Enter: no login)', (text) =>
    readable(context, text),
  );
  return { ...at, login: passwordFile === undefined ? undefined : { username, passwordFile } };
}

function readHost(text: string): Pick<SmartHostAnswer, 'host' | 'port'> {
  if (isIP(text) !== 0) return { host: text, port: undefined };
  const colon = parseHostPort(text, 0);
  const host = colon === undefined || isIP(colon.host) !== 0 ? colon?.host : normalizeDomain(colon.host);
  if (colon === undefined || host === undefined || (colon.port === 0 && text.endsWith(':0')))
    throw usage(`${text} is not a host`, 'type it as smtp.example.net or smtp.example.net:587');
  return { host, port: colon.port === 0 ? undefined : colon.port };
}

async function readable(context: CommandContext, file: string): Promise<string> {
  if (file === '-')
    throw usage('the password cannot come from standard input', 'relayd reads its file at each start');
  const text = await readText(context, file, MOST_SECRET_BYTES);
  if (text.trim() === '')
    throw new CliFailure('failed', `${file} is empty`, { hint: 'it should hold the password' });
  return path.resolve(file);
}

/** As lines of the configuration. */
export function routeLines({ host, port, login }: SmartHostAnswer): readonly string[] {
  return tableLines('route', {
    name: 'smart-host',
    action: 'relay',
    host,
    port,
    username: login?.username,
    password_file: login?.passwordFile,
  });
}

/** Some route hands mail to it already. */
export function isRouted({ host, port }: SmartHostAnswer, routes: readonly RouteRule[]): boolean {
  return routes.some(
    ({ smartHost }) => smartHost?.host === host && (port === undefined || smartHost.port === port),
  );
}
