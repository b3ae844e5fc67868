/** The role of the sources, as steps (store/egress.ts). */
import type { EgressReader, EgressWriter } from '../../egress.ts';
import type { StepsOf } from '../steps.ts';
import { sourceDayReads, sourceDayWrites } from './source-days.ts';
import { sourceLimitReads, sourceLimitWrites } from './source-limits.ts';

export const egressReads: StepsOf<EgressReader> = { ...sourceDayReads, ...sourceLimitReads };
export const egressWrites: StepsOf<EgressWriter> = { ...sourceDayWrites, ...sourceLimitWrites };
