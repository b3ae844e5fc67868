/** What the roles of the engine share. */
import type { NodeStanding } from '../../node-standing.ts';
import type { PostgresOptions } from '../options.ts';
import type { Database } from './database.ts';
import type { Life } from './life.ts';
import type { PostgresStepRunner } from './step-runner.ts';

export interface PostgresContext extends Pick<PostgresOptions, 'clock' | 'random' | 'log'> {
  /** For what is not in the flow of mail: each verb a transaction of its own. */
  readonly database: Database;
  readonly steps: PostgresStepRunner;
  /** The present one: another follows when it was ended by others. */
  life: Life;
  /** What this node may do. */
  readonly standing: NodeStanding;
}
