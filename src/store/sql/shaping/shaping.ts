/** The role of shaping, as steps (store/shaping.ts). */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { ShapingReader, ShapingWriter } from '../../shaping.ts';
import type { StepsOf } from '../steps.ts';
import { destinationLimitReads, destinationLimitWrites } from './destination-limits.ts';
import { suspensionReads, suspensionWrites } from './suspensions.ts';
import { windowWrites } from './windows.ts';

export const shapingReads: StepsOf<ShapingReader> = { ...destinationLimitReads, ...suspensionReads };

export const shapingWrites: StepsOf<ShapingWriter> = {
  ...windowWrites,
  ...destinationLimitWrites,
  ...suspensionWrites,
};

export const shapingTables: readonly CopiedTable[] = [
  copiedTable('shaping_count', 'bucket slot', 'ends_at taken'),
  copiedTable(
    'destination_limit',
    'subject source',
    'action step per_minute connections at changed_at until times rule reply destination',
  ),
  copiedTable('suspension', 'kind subject', 'at until reason actor'),
];
