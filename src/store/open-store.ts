/** A store that is open: the roles, and what every engine gives beside them to whoever opened it. */
import type { CommitFigures } from './commit-figures.ts';
import type { StoreReads, StoreWrites } from './store.ts';

export interface StoreWriter extends StoreWrites {
  commitFigures(): CommitFigures;
  /** Finishes what waits, refuses the rest with `closed`, releases what it holds. */
  close(): Promise<void>;
}

export interface StoreReader extends StoreReads {
  /** True when something may have been committed since the last call. Cheap: asked several times a second. */
  changed(): boolean | Promise<boolean>;
  close(): void | Promise<void>;
}
