/** Whether the key that relayd works with is still where the next start looks for it. */
import type { Check } from './check.ts';

export interface MasterKeyFacts {
  /** `undefined`: the configuration gives the key. */
  readonly file: string | undefined;
  /** Other keys than the present one; `undefined`: there are none. */
  readonly others?: readonly OtherKeyFacts[] | undefined;
  /** `replaced`: another key, with the one in use among the previous ones. */
  readonly state: 'same' | 'missing' | 'different' | 'replaced' | 'unreadable';
}

/** What depends on a key that is not the present one (admin/data-keys/dependents.ts). */
export interface OtherKeyFacts {
  readonly keyId: string;
  readonly accepted: boolean;
  readonly secrets: number;
  /** Suppressions of erased addresses. */
  readonly erased: number;
  /** `undefined`: nothing was made under it so far. */
  readonly usedUntilMs: number | undefined;
  /** `undefined`: not before nothing depends on it any more. */
  readonly removableAtMs: number | undefined;
  /** Of some credentials that depend on it. */
  readonly names: readonly string[];
}

const NAMED = 3;

export const masterKey: Check<MasterKeyFacts> = {
  reason: 'the master key is not in its place',
  stopsMail: false,
  look({ file, state, others = [] }, nowMs) {
    const gone = others.filter(({ accepted }) => !accepted);
    // Who must not be mailed comes first: those do not notice and tell.
    const unhashed = gone.find(({ erased }) => erased > 0);
    if (unhashed !== undefined) return goneHashes(unhashed);
    const unread = gone.find(({ secrets }) => secrets > 0);
    if (unread !== undefined) return goneKey(unread);
    const accepted = others.filter((one) => one.accepted);
    if (file === undefined)
      return { ok: true, detail: `the configuration gives the key${otherWords(accepted, nowMs)}` };
    if (state === 'same')
      return { ok: true, detail: `${file} is the key of this store${otherWords(accepted, nowMs)}` };
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

function goneKey({ keyId, secrets, names }: OtherKeyFacts) {
  const [one, more] = [names.slice(0, NAMED).join(', '), secrets - Math.min(NAMED, names.length)];
  return {
    ok: false,
    detail: `${secrets} credentials cannot log in, because the master key ${keyId} is not accepted any more: ${one}${more > 0 ? ` and ${more} more` : ''}`,
    remedy:
      'put that key into previous_data_keys and restart relayd, or give them new secrets (relayctl credential rotate)',
  };
}

function goneHashes({ keyId, erased }: OtherKeyFacts) {
  return {
    ok: false,
    detail: `${erased} erased addresses that were suppressed may be mailed again, because the master key ${keyId} is not accepted any more`,
    remedy: 'put that key into previous_data_keys and restart relayd',
  };
}

function otherWords(others: readonly OtherKeyFacts[], nowMs: number): string {
  return others.map((one) => `; ${wordsOf(one, nowMs)}`).join('');
}

function wordsOf(
  { keyId, secrets, erased, usedUntilMs, removableAtMs }: OtherKeyFacts,
  nowMs: number,
): string {
  const depending = [
    ...(secrets > 0 ? [`${secrets} secrets`] : []),
    ...(erased > 0 ? [`${erased} suppressions of erased addresses`] : []),
  ].join(' and ');
  if (depending !== '') return `${depending} depend on the previous key ${keyId}`;
  if (removableAtMs === undefined) return `the previous key ${keyId} is needed`;
  if (usedUntilMs === undefined) return `nothing was made under the key ${keyId} so far`;
  return removableAtMs <= nowMs
    ? `nothing depends on the previous key ${keyId}, which can go`
    : `the previous key ${keyId} can go on ${new Date(removableAtMs).toISOString().slice(0, 10)}`;
}
