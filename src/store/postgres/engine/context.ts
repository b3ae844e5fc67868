/** What the roles of the engine share. */
import type { NodeStanding } from '../../node-standing.ts';
import type { PostgresOptions } from '../options.ts';
import type { Database } from './database.ts';
import type { Life } from './life.ts';
import type { PostgresStepRunner } from './step-runner.ts';

/** The flow of mail as other roles see it. */
export interface HotPath {
  /** Something was made due, released or unblocked by another role of this process: look now. */
  look(): void;
  /** The life was ended by others, and another begun: nothing is in hand any more. */
  adopt(life: Life): Promise<void>;
}

export interface PostgresContext extends Pick<PostgresOptions, 'clock' | 'random' | 'log'> {
  /** For what is not in the flow of mail: each verb a transaction of its own. */
  readonly database: Database;
  readonly steps: PostgresStepRunner;
  /** What is in hand, and what is asked of the hot path beside its verbs. */
  readonly hot: HotPath;
  /** The present one: another follows when it was ended by others. */
  life: Life;
  /** What this node may do. */
  readonly standing: NodeStanding;
}
