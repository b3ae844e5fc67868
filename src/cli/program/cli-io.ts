/**
 * The terminal of a command, or what replaces it: output, width, colours, questions. Passed in, so that tests run every
 * command in process.
 */

export interface CliIo {
  /** Standard output; octets go out as they are. */
  readonly out: (data: string | Uint8Array) => void;
  /**
   * Resolves when hardly anything of the output still waits for its reader, who is gone or has taken it, or the user interrupts.
   * What writes much waits for it after each part, or the rest would pile up in memory.
   */
  readonly drained: () => Promise<void>;
  /** Standard error. */
  readonly err: (text: string) => void;
  /** Standard output is a terminal. */
  readonly outIsTerminal: boolean;
  /** Standard input is a terminal, so a person can be asked. */
  readonly inIsTerminal: boolean;
  /** Columns of standard output; `undefined` when it is no terminal: nothing is cut then. */
  readonly columns: number | undefined;
  /** Colours may be used on standard output. */
  readonly color: boolean;
  /** The terminal shows more than ASCII. */
  readonly unicode: boolean;
  /** Shows `question` and reads one line, without its line end. */
  readonly ask: (question: string) => Promise<string>;
  /** Aborted when the user interrupts. */
  readonly interrupted: AbortSignal;
}
