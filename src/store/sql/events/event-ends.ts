/** The two ends of the event log. */
import { statement, type NoValues } from '../statement.ts';

export const FIRST_EVENT = statement<NoValues, { sequence: number | null }>(
  'SELECT min(sequence) AS sequence FROM event',
);
export const LAST_EVENT = statement<NoValues, { sequence: number | null }>(
  'SELECT max(sequence) AS sequence FROM event',
);
