/** Which suppressions a list is to have. */
import { ACCOUNT_SCOPE, scopeName } from '../../api-json/suppression-json.ts';
import {
  SUPPRESSION_REASONS,
  type Suppression,
  type SuppressionReason,
} from '../../store/suppression-records.ts';
import type { OptionSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';

export const REASON_OPTION: OptionSpec = {
  flags: '--reason <reason>',
  meaning: `for this reason only: ${SUPPRESSION_REASONS.join(', ')}`,
};
export const FILTER_OPTIONS: readonly OptionSpec[] = [
  { flags: '--stream <stream>', meaning: `of this stream only; ${ACCOUNT_SCOPE}: of the whole account` },
  REASON_OPTION,
];

export interface SuppressionFilter {
  /** As it is written. */
  readonly scope: string | undefined;
  readonly reason: SuppressionReason | undefined;
}

export function readFilter(options: Options): SuppressionFilter {
  return { scope: options.text('stream'), reason: options.choice('reason', SUPPRESSION_REASONS) };
}

export function isMeant({ scope, reason }: SuppressionFilter, one: Suppression): boolean {
  return (
    (scope === undefined || scopeName(one.scope) === scope) && (reason === undefined || one.reason === reason)
  );
}
