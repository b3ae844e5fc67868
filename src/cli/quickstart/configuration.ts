/** The configuration that quickstart leaves behind: a new file, lines put into one on consent, or a difference that is shown. */
import {
  differentSettings,
  firstFile,
  withSettings,
  type DifferentSetting,
  type WantedSetting,
} from '../../config/first-file.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { Answers } from './answers.ts';
import { isRouted, routeLines, type SmartHostAnswer } from './smart-host.ts';

export interface SettledConfiguration {
  readonly file: string;
  readonly written: boolean;
  /** Lines that were written. */
  readonly lines: readonly string[];
  /** What is wanted and not in force: the file is the operator's. */
  readonly differs: readonly DifferentSetting[];
}

type Place = ReturnType<CommandContext['services']['configFile']['locate']>;

export async function settleConfiguration(
  context: CommandContext,
  place: Place,
  answers: Answers,
  { mayEdit, listensForReports }: { readonly mayEdit: boolean; readonly listensForReports: boolean },
): Promise<SettledConfiguration> {
  const { services } = context;
  const wanted = wantedSettings(answers, place).filter(
    ({ key }) => key !== 'inbound.listen' || !listensForReports,
  );
  const { path: file, text } = place;
  const { smartHost } = answers;
  if (text === undefined) {
    const lines = smartHost === undefined ? [] : routeLines(smartHost);
    services.configFile.write(file, withLines(firstFile(wanted), lines), undefined);
    // The environment goes before the file.
    const differs = differentSettings(services.loadConfig(file), wanted);
    return { file, written: true, lines: [...linesOf(wanted), ...lines], differs };
  }
  const loaded = services.loadConfig(file);
  const route = smartHost && differentRoute(loaded, smartHost);
  // The machine may have that name itself, as a container has.
  const settings = differentSettings(loaded, wanted).filter(
    ({ key, now }) => key !== 'hostname' || now !== undefined || loaded.config.hostname !== answers.hostname,
  );
  const differs = route === undefined ? settings : [...settings, route];
  const unset = differs.filter(({ now }) => now === undefined);
  if (unset.length === 0 || !(mayEdit || (await consents(context, file, unset))))
    return { file, written: false, lines: [], differs };
  const added = wanted.filter(({ key }) => unset.some((one) => one.key === key));
  const addedRoute =
    smartHost && route?.now === undefined && route !== undefined ? routeLines(smartHost) : [];
  try {
    services.configFile.write(file, withLines(withSettings(text, added), addedRoute), text);
  } catch (error) {
    // Of a container the file is mounted from outside: shown, it can be changed there.
    if (mayEdit || !(error instanceof CliFailure)) throw error;
    context.warn(error.message);
    return { file, written: false, lines: [], differs };
  }
  return {
    file,
    written: true,
    lines: [...linesOf(added), ...addedRoute],
    differs: differs.filter(({ now }) => now !== undefined),
  };
}

/** The smart host as a route, where no route leads to it; routes that are there are the operator's. */
function differentRoute(
  { config, sources }: LoadedConfig,
  smartHost: SmartHostAnswer,
): DifferentSetting | undefined {
  const { routes } = config.egress;
  if (isRouted(smartHost, routes)) return undefined;
  const source = sources.find(({ key }) => key === 'route')?.source;
  return {
    key: 'route',
    wanted: routeLines(smartHost).join('\n'),
    now: routes.length === 0 ? undefined : routes.map(({ name }) => `[[route]] ${name}`).join(', '),
    variable: source?.kind === 'environment' ? source.variable : undefined,
  };
}

/** At the end: what follows a table would be part of it. */
function withLines(text: string, lines: readonly string[]): string {
  return lines.length === 0 ? text : `${text.replace(/\n*$/, '\n')}\n${lines.join('\n')}\n`;
}

/** Of a file that is there only what was asked for. */
function wantedSettings(
  { hostname, postmaster }: Answers,
  { text, dataDir }: Place,
): readonly WantedSetting[] {
  return [
    { key: 'hostname', value: hostname, comment: 'The name in EHLO, and in the PTR record of this machine.' },
    ...(text === undefined && dataDir !== undefined
      ? [
          {
            key: 'data_dir',
            value: dataDir,
            comment: 'Mail, keys, logins. Backup: relayctl db backup FILE.',
          } as const,
        ]
      : []),
    ...(postmaster === undefined
      ? []
      : ([
          {
            key: 'inbound.listen',
            value: ['0.0.0.0:25', '[::]:25'],
            comment: 'Bounces and complaints about mail from here come in on port 25.',
          },
          { key: 'inbound.postmaster', value: postmaster, comment: 'Where mail to postmaster goes.' },
        ] as const)),
  ];
}

function linesOf(wanted: readonly WantedSetting[]): readonly string[] {
  return differentSettings({ sources: [] }, wanted).map(({ key, wanted: line }) =>
    key.includes('.') ? `${line}  # in [${key.slice(0, key.lastIndexOf('.'))}]` : line,
  );
}

async function consents(
  { io, global }: CommandContext,
  file: string,
  unset: readonly DifferentSetting[],
): Promise<boolean> {
  if (global.yes) return true;
  if (!io.inIsTerminal || global.json) return false;
  io.err(
    `${file} does not set:\n${unset.map(({ wanted }) => wanted.replace(/^/gm, '  + ') + '\n').join('')}`,
  );
  return /^(?:y(?:es)?)?$/i.test((await io.ask('Add these lines to the file? [Y/n] ')).trim());
}
