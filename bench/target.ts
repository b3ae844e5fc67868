/** What is measured: any relay that takes mail on a port and brings it to the sink. */

export interface Target {
  readonly name: string;
  readonly port: number;
  /** AUTH PLAIN of the cases that use it; `undefined` when the target takes the generator's mail without. */
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  readonly from: string;
  readonly to: string;
  /** False: the generator waits for each reply, where that serves the target better; `undefined`: it pipelines. */
  readonly pipelining?: boolean;
  /** Where it takes mail by HTTP; `undefined`: it does not. */
  readonly http?: { readonly host: string; readonly port: number; readonly key: string };
  /** DNS records by name with which its signatures are verified; `undefined` when it signs nothing. */
  readonly dkimRecords: ReadonlyMap<string, string> | undefined;
  /** Processes whose CPU and memory count, with all their children. */
  pids(): readonly number[];
  /** Processes of a database server that works for it. */
  databasePids?(): readonly number[];
  stop(): Promise<void>;
}
