/** What a command is: its words, its help, its work. One file a command exports one of these. */
import type { CommandContext } from './command-context.ts';
import type { Options } from './options.ts';

export interface OptionSpec {
  /** As commander writes it: `--kind <kind>`, `--yes`, `--no-dsn`. */
  readonly flags: string;
  readonly meaning: string;
  /** May be given more than once; but for `whole` several may also be given at once, with commas between them. */
  readonly repeats?: true | 'whole';
}

export interface Example {
  /** What to type, without `relayctl`. */
  readonly type: string;
  /** What it does, in a line. */
  readonly does: string;
}

export interface CommandSpec {
  /** `domain add`, `status`. */
  readonly path: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** As commander writes it: `<domain>`, `[id]`. */
  readonly arguments?: string;
  /** What to know before using it; paragraphs. */
  readonly details?: string;
  readonly options?: readonly OptionSpec[];
  /** Two to four. */
  readonly examples: readonly Example[];
  /** Runs when the noun stands alone. */
  readonly isDefault?: true;
  readonly run: (context: CommandContext, input: CommandInput) => Promise<void> | void;
}

export interface CommandInput {
  readonly arguments: readonly string[];
  readonly options: Options;
}

/** Options of every command, before or after it. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--json', meaning: 'print JSON: one document, or one object a line for lists' },
  { flags: '--config <file>', meaning: 'the configuration file' },
  { flags: '--account <name>', meaning: 'the account (default: "default" for changes, all for lists)' },
  { flags: '-y, --yes', meaning: 'do not ask before something is destroyed' },
];
