/**
 * relayctl as a program: from the words typed to one command's work, and from whatever happens there to an exit
 * code. The commands are data (command-list.ts); this is the only file that knows the parser.
 */
import { Command, CommanderError, Option } from 'commander';
import { CliFailure, usage, type ExitCode } from './cli-failure.ts';
import type { CliIo } from './cli-io.ts';
import { CommandContext } from './command-context.ts';
import type { GlobalOptions } from './command-context.ts';
import { COMMANDS, NOUNS, PENDING } from './command-list.ts';
import type { CommandSpec, OptionSpec } from './command-spec.ts';
import { GLOBAL_OPTIONS } from './command-spec.ts';
import { helpAfter, programHelpAfter, topicHelp } from './help-text.ts';
import { Options } from './options.ts';
import { visibleIo } from '../output/visible-io.ts';
import { reportFailure } from './report-failure.ts';
import type { CliServices } from './services.ts';

const HELP_COLUMNS = 100;

/** Runs one command. `argv` without the program's name. Never rejects for what a user or the system does. */
export async function runRelayctl(
  argv: readonly string[],
  terminal: CliIo,
  services: CliServices,
): Promise<ExitCode> {
  const io = visibleIo(terminal);
  const topic = argv[0] === 'help' && argv[1] !== undefined ? topicHelp(argv[1]) : undefined;
  if (topic !== undefined) {
    io.out(topic);
    return 0;
  }
  const json = argv.slice(0, indexOrEnd(argv, '--')).includes('--json');
  let configFile: string | null | undefined;
  const loadConfig: CliServices['loadConfig'] = (path) => {
    const loaded = services.loadConfig(path);
    configFile = loaded.file ?? null;
    return loaded;
  };
  try {
    let said = '';
    let exitCode: ExitCode = 0;
    const done = (code: ExitCode) => (exitCode = code);
    const program = buildProgram(
      { io, services: { ...services, loadConfig }, done },
      (text) => (said += text),
    );
    try {
      await program.parseAsync(argv, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return 0;
      throw usageFailure(error, said, argv);
    }
    return exitCode;
  } catch (error) {
    return reportFailure(error, { io, json, configFile });
  }
}

function indexOrEnd(items: readonly string[], item: string): number {
  const index = items.indexOf(item);
  return index < 0 ? items.length : index;
}

interface Surroundings {
  readonly io: CliIo;
  readonly services: CliServices;
  /** Told how a command ended. */
  readonly done: (code: ExitCode) => void;
}

function buildProgram(surroundings: Surroundings, onError: (text: string) => void): Command {
  const { io, services } = surroundings;
  const program = new Command('relayctl');
  const columns = Math.min(io.columns ?? HELP_COLUMNS, HELP_COLUMNS);
  program
    .description('Runs a Postern mail relay: domains, credentials, messages, queue, suppressions.')
    .version(services.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command or topic')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: onError,
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
      getOutHasColors: () => io.color,
      getErrHasColors: () => false,
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => (io.color ? `\u001b[1m${title}\u001b[22m` : title),
    })
    .addHelpText('after', programHelpAfter());
  for (const option of GLOBAL_OPTIONS) program.addOption(parserOption(option));

  const nouns = new Map<string, Command>();
  for (const spec of COMMANDS) {
    const [noun = '', verb] = spec.path.split(' ');
    if (verb === undefined) {
      addCommand(program, noun, spec, surroundings);
      continue;
    }
    let parent = nouns.get(noun);
    if (parent === undefined) {
      parent = program
        .command(noun)
        .summary(NOUNS[noun] ?? '')
        .description(`${NOUNS[noun] ?? ''}.`);
      nouns.set(noun, parent);
    }
    addCommand(parent, verb, spec, surroundings);
  }
  return program;
}

function addCommand(
  parent: Command,
  name: string,
  spec: CommandSpec,
  { io, services, done }: Surroundings,
): void {
  const words = spec.arguments === undefined ? name : `${name} ${spec.arguments}`;
  const command = parent
    .command(words, { isDefault: spec.isDefault ?? false })
    .summary(spec.summary)
    .description(spec.details === undefined ? `${spec.summary}.` : `${spec.summary}.\n\n${spec.details}`)
    .addHelpText('after', helpAfter(spec));
  for (const option of spec.options ?? []) command.addOption(parserOption(option));
  command.action(async () => {
    const global = new Options(command.optsWithGlobals());
    const globalOptions: GlobalOptions = {
      json: global.flag('json'),
      config: global.text('config'),
      account: global.text('account'),
      yes: global.flag('yes'),
    };
    await using context = new CommandContext(io, services, globalOptions);
    await spec.run(context, { arguments: command.args, options: new Options(command.opts()) });
    done(context.exitCode);
  });
}

function parserOption({ flags, meaning, repeats }: OptionSpec): Option {
  const option = new Option(flags, repeats ? `${meaning} (may be repeated)` : meaning);
  if (repeats) {
    option.argParser<readonly string[] | undefined>((value, previous) => [
      ...(previous ?? []),
      ...(repeats === 'whole' ? [value] : value.split(',')),
    ]);
  }
  return option;
}

/** The parser's complaint as ours: what was wrong, and what to type to see how it is meant. */
function usageFailure(error: CommanderError, said: string, argv: readonly string[]): CliFailure {
  const typed = argv.filter((word) => !word.startsWith('-'));
  const noun = typed[0] ?? '';
  const pending = PENDING.find((path) => path === noun || path === typed.slice(0, 2).join(' '));
  if (pending !== undefined && error.code === 'commander.unknownCommand')
    return new CliFailure('not-available', `relayctl ${pending} is not part of this version`, {
      exitCode: 2,
    });
  const spec =
    COMMANDS.find(({ path }) => path === typed.slice(0, 2).join(' ')) ??
    COMMANDS.find(({ path }) => path === noun);
  const help = spec !== undefined ? `${spec.path} ` : NOUNS[noun] !== undefined ? `${noun} ` : '';
  if (error.code === 'commander.help' || error.code === 'commander.helpDisplayed') {
    return usage(
      help === '' ? 'a command is missing' : `a command is missing after ${help.trim()}`,
      `${verbsOf(noun)}see: relayctl ${help}--help`,
    );
  }
  const message = (said === '' ? error.message : said).replace(/^error: /, '').trim();
  // What was typed may have line ends in it.
  const [, first = message, suggestion = ''] = /^(.*?)(?:\n\((Did you mean [^\n]*)\))?$/s.exec(message) ?? [];
  const typeThis =
    spec === undefined ? '' : `type: relayctl ${[spec.path, spec.arguments].filter(Boolean).join(' ')}`;
  const lines = [suggestion, typeThis, `see: relayctl ${help}--help`];
  return usage(first, lines.filter((line) => line !== '').join('\n'));
}

function verbsOf(noun: string): string {
  const verbs = COMMANDS.filter(({ path }) => path.startsWith(`${noun} `)).map(
    ({ path }) => path.split(' ')[1],
  );
  return verbs.length === 0 ? '' : `one of: ${verbs.join(', ')}\n`;
}
