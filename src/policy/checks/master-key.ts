/** Whether the key that relayd works with is still where the next start looks for it. */
import type { Check } from './check.ts';

export interface MasterKeyFacts {
  /** `undefined`: the configuration gives the key. */
  readonly file: string | undefined;
  /** `replaced`: another key, with the one in use among the previous ones. */
  readonly state: 'same' | 'missing' | 'different' | 'replaced' | 'unreadable';
}

export const masterKey: Check<MasterKeyFacts> = {
  reason: 'the master key is not in its place',
  stopsMail: false,
  look({ file, state }) {
    if (file === undefined) return { ok: true, detail: 'the configuration gives the key' };
    if (state === 'same') return { ok: true, detail: `${file} is the key of this store` };
    if (state === 'replaced')
      return {
        ok: true,
        detail: `${file} has a new key, and the one in use among the previous ones`,
        remedy: 'restart relayd, which then works with the new key (docs/data-key.md)',
      };
    const words = {
      missing: 'is not there any more',
      different: 'is another key than the one in use',
      unreadable: 'cannot be read',
    };
    return {
      ok: false,
      detail: `${file} ${words[state]}: the next start will be refused`,
      remedy: 'put the key back from a backup before relayd is restarted',
    };
  },
};
