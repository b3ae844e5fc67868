/** Completion scripts made from the list of commands: words only, nothing is asked of the store while one types. */
import { GLOBAL_OPTIONS } from './command-spec.ts';
import type { CommandSpec, OptionSpec } from './command-spec.ts';

export function bashCompletion(commands: readonly CommandSpec[]): string {
  return `# relayctl completion for bash
_relayctl() {
  local cur=\${COMP_WORDS[COMP_CWORD]} words=() word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == -* ]] || words+=("$word"); done
  local path="\${words[0]:-}" verb="\${words[1]:-}"
  case "$path $verb" in
${cases(commands, (words) => `COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$cur"))`)}
  esac
}
complete -o default -F _relayctl relayctl
`;
}

export function zshCompletion(commands: readonly CommandSpec[]): string {
  return `#compdef relayctl
# relayctl completion for zsh
_relayctl() {
  local -a typed
  typed=(\${(@)words[2,CURRENT-1]:#-*})
  case "\${typed[1]:-} \${typed[2]:-}" in
${cases(commands, (words) => `compadd -- ${words.join(' ')}`)}
  esac
}
_relayctl "$@"
`;
}

export function fishCompletion(commands: readonly CommandSpec[]): string {
  const lines = ['# relayctl completion for fish', 'complete -c relayctl -f'];
  for (const option of GLOBAL_OPTIONS) lines.push(`complete -c relayctl ${fishOption(option)}`);
  for (const noun of nounsOf(commands)) {
    const summary = commands.find(({ path }) => path === noun)?.summary ?? noun;
    lines.push(`complete -c relayctl -n __fish_use_subcommand -a ${noun} -d ${quote(summary)}`);
    const verbs = verbsOf(commands, noun);
    const noVerb = `__fish_seen_subcommand_from ${noun}; and not __fish_seen_subcommand_from ${verbs.join(' ')}`;
    for (const verb of verbs) {
      const spec = commands.find(({ path }) => path === `${noun} ${verb}`);
      lines.push(`complete -c relayctl -n ${quote(noVerb)} -a ${verb} -d ${quote(spec?.summary ?? '')}`);
    }
  }
  for (const { path, options } of commands) {
    const seen = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    for (const option of options ?? [])
      lines.push(`complete -c relayctl -n ${quote(seen.join('; and '))} ${fishOption(option)}`);
  }
  return lines.join('\n') + '\n';
}

/** Case branches of a shell: by noun and verb, then by noun, then for the first word. */
function cases(commands: readonly CommandSpec[], action: (words: readonly string[]) => string): string {
  const branch = (pattern: string, words: readonly string[]) => `    ${pattern}) ${action(words)} ;;`;
  const lines: string[] = [];
  for (const { path, options } of commands) {
    const [noun = '', verb] = path.split(' ');
    const words = [...longOptions(options ?? []), ...longOptions(GLOBAL_OPTIONS)];
    const shells = path === 'completion' ? ['bash', 'zsh', 'fish'] : [];
    lines.push(branch(verb === undefined ? `"${noun} "*` : `"${noun} ${verb}"`, [...shells, ...words]));
  }
  for (const noun of nounsOf(commands)) {
    const verbs = verbsOf(commands, noun);
    if (verbs.length > 0) lines.push(branch(`"${noun} "*`, verbs));
  }
  lines.push(branch('*', [...nounsOf(commands), 'help']));
  return lines.join('\n');
}

function nounsOf(commands: readonly CommandSpec[]): readonly string[] {
  return [...new Set(commands.map(({ path }) => path.split(' ')[0] ?? ''))];
}

function verbsOf(commands: readonly CommandSpec[], noun: string): readonly string[] {
  return commands
    .filter(({ path }) => path.startsWith(`${noun} `))
    .map(({ path }) => path.slice(noun.length + 1));
}

function longOptions(options: readonly OptionSpec[]): readonly string[] {
  return options.map(longName).map((name) => `--${name}`);
}

function longName({ flags }: OptionSpec): string {
  return /--([a-z-]+)/.exec(flags)?.[1] ?? '';
}

function fishOption(option: OptionSpec): string {
  const takesValue = option.flags.includes('<') ? ' -r' : '';
  return `-l ${longName(option)}${takesValue} -d ${quote(option.meaning)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`\'`)}'`;
}
