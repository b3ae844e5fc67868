/**
 * What depends on each master key that is not the present one: sealed values, secrets of credentials that were not presented since,
 * tokens that may still come back. From that, when the key can be taken away, and what would stop working sooner.
 */
import { DAY_MS } from '../../platform/time-units.ts';
import type { SecretBox } from '../../platform/secret-box.ts';
import { TOKEN_VALID_MS } from '../../dsn/return-path-token.ts';
import {
  NOTED_EVERY_MS,
  type DataKeyReader,
  type DataKeyRecord,
  type OldHash,
  type OldHashes,
} from '../../store/data-keys.ts';
import type { SealedReader } from '../../store/sealed-secrets.ts';
import { KNOWN_FOR_DAYS } from '../../store/usage.ts';
import { countSealed, keyOfCheck, type SealedCounts } from './reseal.ts';

export interface KeyDependents {
  readonly keyId: string;
  /** It is among the keys of the configuration. */
  readonly accepted: boolean;
  /** Nothing is made under it after that; `undefined`: it never was the present key, as far as the store knows. */
  readonly usedUntilMs: number | undefined;
  /** Until then bounces and complaints about mail that was sent under it come back. */
  readonly tokensUntilMs: number | undefined;
  readonly sealed: number;
  /** Secrets of credentials. */
  readonly secrets: number;
  /** Suppressions of erased addresses, which stay under it for good. */
  readonly erased: number;
  /** When it can be taken away; `undefined`: not before nothing of `sealed`, `secrets` and `erased` is left. */
  readonly removableAtMs: number | undefined;
}

export interface DataKeyReport {
  /** That everything is made under. */
  readonly presentId: string;
  /** Of the configuration, where relayd has not begun to work with it: it does so when it is restarted. */
  readonly waitingId: string | undefined;
  /** All others that the configuration has, or something depends on. */
  readonly others: readonly KeyDependents[];
  /** The first secrets of credentials that depend on others. */
  readonly secrets: readonly OldHash[];
  /** Names of sealed values that no key opens. */
  readonly unreadable: readonly string[];
  readonly unreadableCount: number;
  /** Until then some recipients are new again, for limits of new recipients, without the keys before; `undefined`: none would be. */
  readonly recipientsUntilMs: number | undefined;
}

export const MOST_SECRETS_NAMED = 20;
/** Before a key is changed again: previous keys that more than suppressions of erased addresses may need. */
export const MOST_OTHERS_IN_USE = 3;

/** `box` as relayctl has it: with the key first that relayd works with. */
export async function dataKeyReport(
  { box, configuredId }: { readonly box: SecretBox; readonly configuredId: string },
  reader: DataKeyReader & SealedReader,
  nowMs: number,
): Promise<DataKeyReport> {
  const presentId = (await keyOfCheck(box, reader)) ?? box.keyIds[0];
  const records = await reader.dataKeys();
  const hashes = await reader.hashesUnderOthers(presentId, nowMs, MOST_SECRETS_NAMED);
  const sealed = await countSealed(box, reader);
  const day = box.keyIds.length > 1 ? await reader.newestKnownRecipient() : undefined;
  return {
    presentId,
    waitingId: configuredId === presentId ? undefined : configuredId,
    others: dependents({ presentId, acceptedIds: box.keyIds, records, hashes, sealed }),
    // Of a store that knows of no key yet, all were made under the only one.
    secrets: hashes.first.filter(({ keyId }) => keyId !== undefined),
    unreadable: sealed.unreadable,
    unreadableCount: sealed.unreadableCount,
    recipientsUntilMs: day === undefined ? undefined : (day + KNOWN_FOR_DAYS) * DAY_MS,
  };
}

export interface DependentFacts {
  readonly presentId: string;
  readonly acceptedIds: readonly string[];
  readonly records: readonly DataKeyRecord[];
  readonly hashes: Pick<OldHashes, 'counts' | 'erased'>;
  readonly sealed: Pick<SealedCounts, 'byKey'>;
}

/** Of each key that is accepted or depended on, except the present one, the one that was used last first. Pure. */
export function dependents(facts: DependentFacts): readonly KeyDependents[] {
  const { presentId, acceptedIds, records, hashes, sealed } = facts;
  const ids = new Set([
    ...records.map(({ keyId }) => keyId).reverse(),
    ...acceptedIds,
    ...hashes.counts.flatMap(({ keyId }) => keyId ?? []),
    ...hashes.erased.map(({ keyId }) => keyId),
    ...sealed.byKey.keys(),
  ]);
  return [...ids].flatMap((keyId): readonly KeyDependents[] => {
    if (keyId === presentId) return [];
    const record = records.find((one) => one.keyId === keyId);
    const usedUntilMs = record && record.usedAtMs + NOTED_EVERY_MS;
    const tokensUntilMs = usedUntilMs === undefined ? undefined : usedUntilMs + TOKEN_VALID_MS;
    const secrets = hashes.counts.find((one) => one.keyId === keyId)?.secrets ?? 0;
    const inSealed = sealed.byKey.get(keyId) ?? 0;
    const erased = hashes.erased.find((one) => one.keyId === keyId)?.suppressions ?? 0;
    const isFree = secrets === 0 && inSealed === 0 && erased === 0;
    return [
      {
        keyId,
        accepted: acceptedIds.includes(keyId),
        usedUntilMs,
        tokensUntilMs,
        sealed: inSealed,
        secrets,
        erased,
        removableAtMs: isFree ? (tokensUntilMs ?? 0) : undefined,
      },
    ];
  });
}

/**
 * Those that a change of the key waits for, when they are {@link MOST_OTHERS_IN_USE}: accepted, and not for suppressions of erased
 * addresses alone, which need theirs for good. Pure.
 */
export function othersInUse(others: readonly KeyDependents[], nowMs: number): readonly KeyDependents[] {
  return others.filter((one) => one.accepted && !isForErasedAlone(one, nowMs));
}

/** Nothing but suppressions of erased addresses needs it any more. */
export function isForErasedAlone(
  { erased, sealed, secrets, tokensUntilMs = 0 }: KeyDependents,
  nowMs: number,
): boolean {
  return erased > 0 && sealed === 0 && secrets === 0 && tokensUntilMs <= nowMs;
}

/** What does not work, because the key that it was made under is not accepted any more; or would not, without that key. */
export function lostWithout(
  { keyId, tokensUntilMs = 0, sealed, secrets, erased }: KeyDependents,
  nowMs: number,
): readonly string[] {
  return [
    ...(sealed > 0
      ? [
          `${sealed} sealed values (DKIM keys, webhook secrets, TOTP secrets) under the key ${keyId} cannot be opened`,
        ]
      : []),
    ...(secrets > 0
      ? [`${secrets} credentials whose secrets were hashed under the key ${keyId} cannot log in`]
      : []),
    ...(erased > 0
      ? [`${erased} erased addresses that were suppressed under the key ${keyId} would be mailed again`]
      : []),
    ...(tokensUntilMs > nowMs
      ? [
          `bounces and complaints about mail that was sent under the key ${keyId} are refused until they would have ended anyway`,
        ]
      : []),
  ];
}
