/** Manual pages of relayctl, from the list of commands that its help is made from: relayctl(1), and one for each noun. */
import { COMMANDS, NOUNS } from '../program/command-list.ts';
import { GLOBAL_OPTIONS, type CommandSpec, type OptionSpec } from '../program/command-spec.ts';
import { programHelpAfter, topicHelp } from '../program/help-text.ts';
import {
  bold,
  escaped,
  example,
  italic,
  paragraph,
  paragraphs,
  prose,
  section,
  subsection,
  term,
  title,
} from './roff.ts';

export interface ManualPage {
  /** `relayctl-domain.1`. */
  readonly file: string;
  readonly roff: string;
}

/** All of them, relayctl(1) first. `version`: of the program. */
export function commandPages(version: string): readonly ManualPage[] {
  const groups = [...Map.groupBy(COMMANDS, ({ path }) => path.split(' ')[0] ?? '')];
  return [
    { file: 'relayctl.1', roff: programPage(groups, version) },
    ...groups.map(([name, commands]) => ({
      file: `relayctl-${name}.1`,
      roff: groupPage(name, commands, version),
    })),
  ];
}

type Groups = readonly (readonly [string, readonly CommandSpec[]])[];

function programPage(groups: Groups, version: string): string {
  const topics = { environment: 'environment', 'exit-codes': 'exit status', json: 'JSON' };
  return [
    title('relayctl', 1, version),
    section('name', String.raw`relayctl \- administer the Postern mail relay`, '\n'),
    section(
      'synopsis',
      `${bold('relayctl')} [${italic('options')}] ${italic('command')} [${italic('arguments')}]\n`,
    ),
    section(
      'description',
      paragraph(
        prose(
          'The command line of Postern, a submission relay for mail with an HTTP API: domains, credentials, messages, queue and ' +
            'suppressions. It opens the store of the configuration, and asks the relayd that runs where that alone can answer.',
        ),
      ),
    ),
    section(
      'commands',
      ...groups.map(([name, commands]) =>
        term(`${bold(`relayctl-${name}`)}(1)`, escaped(sentence(summaryOf(name, commands)))),
      ),
    ),
    section('options', ...GLOBAL_OPTIONS.map(optionTerm), helpTerms()),
    ...Object.entries(topics).map(([name, heading]) => section(heading, paragraphs(topicBody(name)))),
    section('examples', ...examplesIn(programHelpAfter())),
    section('see also', `${bold('relayd')}(8), ${bold('relay.toml')}(5)\n`),
  ].join('');
}

function groupPage(name: string, commands: readonly CommandSpec[], version: string): string {
  const alone = commands.length === 1 && commands[0]?.path === name;
  return [
    title(`relayctl-${name}`, 1, version),
    section('name', `${escaped(`relayctl-${name}`)} \\- ${escaped(lowered(summaryOf(name, commands)))}\n`),
    section('synopsis', commands.map((spec) => `${synopsis(spec)}\n`).join('.br\n')),
    alone
      ? section('description', ...commands.map(description))
      : section('commands', ...commands.map((spec) => subsection(synopsis(spec), description(spec)))),
    section(
      'options of every command',
      ...GLOBAL_OPTIONS.map(optionTerm),
      paragraph(prose('Exit codes, environment and JSON are described in relayctl(1).')),
    ),
    section(
      'examples',
      ...commands.flatMap(({ examples }) =>
        examples.map(({ type, does }) =>
          [paragraph(escaped(does)), example([`$ relayctl ${type}`])].join(''),
        ),
      ),
    ),
    section('see also', `${bold('relayctl')}(1), ${bold('relayd')}(8), ${bold('relay.toml')}(5)\n`),
  ].join('');
}

function summaryOf(name: string, commands: readonly CommandSpec[]): string {
  return NOUNS[name] ?? commands[0]?.summary ?? name;
}

function sentence(summary: string): string {
  return summary.endsWith('.') ? summary : `${summary}.`;
}

/** In NAME a summary goes on from the dash. */
function lowered(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function synopsis({ path, arguments: words, options }: CommandSpec): string {
  const values = (words ?? '').split(/([<[][^>\]]+[>\]])/).map((word) => {
    if (word.startsWith('<')) return italic(word.slice(1, -1));
    return word.startsWith('[') ? `[${italic(word.slice(1, -1))}]` : escaped(word);
  });
  const parts = [bold(`relayctl ${path}`), ...values.filter((value) => value !== '')];
  if ((options ?? []).length > 0) parts.push(`[${italic('options')}]`);
  return parts.join(' ');
}

function description({ summary, details, options }: CommandSpec): string {
  return [
    paragraph(prose(sentence(summary))),
    paragraphs(details ?? ''),
    ...(options ?? []).map(optionTerm),
  ].join('');
}

function optionTerm({ flags, meaning, repeats }: OptionSpec): string {
  const tag = flags
    .split(/(<[^>]+>)/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('<') ? italic(part.slice(1, -1)) : bold(part)))
    .join('');
  return term(tag, prose(repeats ? `${meaning} (may be repeated)` : meaning));
}

function helpTerms(): string {
  return [
    term(bold('--version'), escaped('print the version')),
    term(bold('-h, --help'), escaped('print help; after a command: its help')),
  ].join('');
}

/** A topic of the help without its heading. */
function topicBody(name: string): string {
  return (topicHelp(name) ?? '').split('\n').slice(1).join('\n');
}

/** `# what it does` and the lines to type after it. */
function examplesIn(help: string): readonly string[] {
  const body = /Examples:\n([\s\S]*?)(?:\n\n|$)/.exec(help)?.[1] ?? '';
  return body
    .split(/^ {2}# /m)
    .slice(1)
    .map((part) => {
      const [does = '', ...lines] = part.trimEnd().split('\n');
      return paragraph(escaped(does)) + example(lines.map((line) => line.trim()));
    });
}
