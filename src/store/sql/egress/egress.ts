/** The role of the sources, as steps (store/egress.ts). */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { EgressReader, EgressWriter } from '../../egress.ts';
import type { StepsOf } from '../steps.ts';
import { sourceDayReads, sourceDayWrites } from './source-days.ts';
import { sourceLimitReads, sourceLimitWrites } from './source-limits.ts';

export const egressReads: StepsOf<EgressReader> = { ...sourceDayReads, ...sourceLimitReads };
export const egressWrites: StepsOf<EgressWriter> = { ...sourceDayWrites, ...sourceLimitWrites };

export const egressTables: readonly CopiedTable[] = [
  copiedTable(
    'source_day',
    'source provider day',
    'step ceiling reason reserved handed_over turned_away complained',
  ),
  copiedTable('source_limit', 'source provider', 'at until times class reply'),
];
