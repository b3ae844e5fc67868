/** Shared by the roles of the engine. */
import type { NodeStanding } from '../../node-standing.ts';
import type { PostgresOptions } from '../options.ts';
import type { Database } from './database.ts';
import type { Life } from './life.ts';
import type { PostgresStepRunner } from './step-runner.ts';

/** The flow of mail, for other roles. */
export interface HotPath {
  /** Another role of this process made something due, released or unblocked it: look now. */
  look(): void;
  /** Others ended the life, and a new one has begun: there are no claims any more. */
  adopt(life: Life): Promise<void>;
}

export interface PostgresContext extends Pick<PostgresOptions, 'clock' | 'random' | 'log'> {
  /** For roles beside the flow of mail: each verb is a transaction of its own. */
  readonly database: Database;
  readonly steps: PostgresStepRunner;
  /** Claimed deliveries, and operations of the hot path besides its verbs. */
  readonly hot: HotPath;
  /** The present life; another follows when it was ended by others. */
  life: Life;
  /** The permissions of this node. */
  readonly standing: NodeStanding;
}
