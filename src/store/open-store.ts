/** An open store: the roles, and what every engine gives its owner besides. */
import type { CommitFigures } from './commit-figures.ts';
import type { StoreReads, StoreWrites } from './store.ts';

export interface StoreWriter extends StoreWrites {
  commitFigures(): CommitFigures;
  /** Finishes waiting operations, refuses new ones with `closed`, releases all resources. */
  close(): Promise<void>;
}

export interface StoreReader extends StoreReads {
  /** True when something may have been committed since the last call. Cheap: called several times a second. */
  changed(): boolean | Promise<boolean>;
  close(): void | Promise<void>;
}
