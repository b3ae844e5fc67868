/** Two settings, each valid by itself, of which one cannot hold beside the other. */
export interface Contradiction {
  /** The key at fault. */
  readonly key: string;
  /** Its path, as key-lines.ts has it, where that is another. */
  readonly at?: string;
  readonly message: string;
}
