/** The two ends of the event log. */
import { statement, type NoValues } from '../statement.ts';

export const FIRST_EVENT = statement<NoValues, { sequence: number | null }>(
  'SELECT min(sequence) AS sequence FROM event',
);
export const LAST_EVENT = statement<NoValues, { sequence: number | null }>(
  'SELECT max(sequence) AS sequence FROM event',
);
export const FIRST_AND_LAST_EVENT = statement<
  NoValues,
  { readonly first: number | null; readonly last: number | null }
>('SELECT (SELECT min(sequence) FROM event) AS first, (SELECT max(sequence) FROM event) AS last');
