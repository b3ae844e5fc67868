/** Whether relayd runs with what its configuration says now: some keys need a restart, and a faulty file is not taken over. */
import type { Check } from './check.ts';

export interface ConfigurationFacts {
  /** Keys that had another value at the last reload, and keep the old one until a restart. */
  readonly needsRestart: readonly string[];
  /** Why the last reload changed nothing, a line a fault; `undefined`: it did what it was to do. */
  readonly failure: string | undefined;
  /** Sentences: rules are about accounts and streams that there are not. */
  readonly unknownMail?: readonly string[] | undefined;
}

export const configuration: Check<ConfigurationFacts> = {
  reason: 'the configuration is not the one in force',
  stopsMail: false,
  look({ needsRestart, failure, unknownMail = [] }) {
    if (failure !== undefined) {
      return {
        ok: false,
        detail: `the last reload changed nothing: ${firstOf(failure)}`,
        remedy: 'correct it, look at it with relayctl config check, then send relayd SIGHUP',
      };
    }
    if (needsRestart.length === 0 && unknownMail.length > 0)
      return {
        ok: true,
        detail: `relayd runs with its configuration; ${firstOf(unknownMail.join('\n'))}`,
        remedy:
          'correct the name in the file of delivery.destination_rules, or add it: relayctl account list, relayctl stream list',
      };
    if (needsRestart.length === 0) return { ok: true, detail: 'relayd runs with its configuration' };
    return {
      ok: false,
      detail: `restart needed for ${needsRestart.join(', ')}: relayd runs with the old values`,
      remedy: 'restart relayd, or set the old values again and send relayd SIGHUP',
    };
  },
};

function firstOf(failure: string): string {
  const [first = '', ...more] = failure.split('\n');
  return more.length === 0 ? first : `${first} (and ${more.length} more)`;
}
