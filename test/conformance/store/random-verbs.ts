/**
 * Random verbs of the store's contract, each as a function that can be run on several stores: what they are asked is drawn
 * before, what a store hands out itself (keys of deliveries, fences) is remembered for each apart.
 */
import { MAIL_VERBS, type Run } from './random-mail-verbs.ts';
import type { Known } from './random-messages.ts';
import { SIDE_VERBS } from './random-side-verbs.ts';
import type { RandomValues } from './random-values.ts';

export interface RandomVerb {
  readonly name: string;
  readonly run: Run;
}

const VERBS = { ...MAIL_VERBS, ...SIDE_VERBS };
const NAMES = Object.keys(VERBS);
/** Drawn more often than the others. */
const OFTEN = [
  'accept',
  'accept',
  'claim',
  'claim',
  'settle',
  'settle',
  'settle',
  'queue',
  'listMessages',
  'readEvents',
];

export function randomVerb(values: RandomValues, known: Known): RandomVerb {
  const name = values.of([...NAMES, ...OFTEN]);
  const run = VERBS[name]?.(values, known);
  if (run === undefined) throw new Error(name);
  return { name, run };
}
