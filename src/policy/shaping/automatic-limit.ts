/** A limit that the relay set itself, because a remote asked for it. Data. */

export interface AutomaticLimit {
  /** A provider's name, or the MX host that said it. */
  readonly subject: string;
  /** `undefined`: the address that the system chooses. */
  readonly source: string | undefined;
  /** `suspend`: nothing goes before `untilMs`; `slow`: no faster than the figures below, until then. */
  readonly action: 'slow' | 'suspend';
  /** How far it is slowed down: 1 is half as fast, 2 a quarter, ... It ends when it would be 0. */
  readonly step: number;
  /** Messages in a minute; `undefined`: no limit. */
  readonly perMinute: number | undefined;
  /** Connections at once; `undefined`: no limit. */
  readonly connections: number | undefined;
  /** When it began, when it last changed, and when its next step is due. */
  readonly atMs: number;
  readonly changedAtMs: number;
  readonly untilMs: number;
  /** How often in a row: 1 at first. */
  readonly times: number;
  /** Id of the reply rule. */
  readonly rule: string;
  /** What the remote said, shortened. */
  readonly reply: string;
  /** The recipient domain whose mail met it last. */
  readonly destination: string;
}
