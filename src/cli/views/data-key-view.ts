/** What depends on which master key, for people and as JSON. */
import { timestamp } from '../../api-json/timestamp.ts';
import {
  isForErasedAlone,
  lostWithout,
  MOST_OTHERS_IN_USE,
  othersInUse,
  type DataKeyReport,
  type KeyDependents,
} from '../../admin/data-keys/dependents.ts';
import { visible } from '../../platform/visible-text.ts';
import type { NodeView } from '../../store/fleet.ts';
import { counted } from '../output/time-words.ts';

export interface DataKeyView extends DataKeyReport {
  /** Where the present key is. */
  readonly place: string;
  readonly nodes: readonly NodeView[];
}

export function dataKeyJson({ place, nodes, ...report }: DataKeyView): object {
  return {
    present: report.presentId,
    place,
    waiting: report.waitingId ?? null,
    others: report.others.map((one) => ({
      key: one.keyId,
      accepted: one.accepted,
      used_until: timestamp(one.usedUntilMs),
      tokens_until: timestamp(one.tokensUntilMs),
      sealed: one.sealed,
      secrets: one.secrets,
      erased: one.erased,
      removable_at: timestamp(one.removableAtMs),
    })),
    secrets: report.secrets.map(({ keyId, account, credentialId, name }) => ({
      key: keyId,
      account,
      credential: credentialId,
      name,
    })),
    unreadable: report.unreadable,
    unreadable_count: report.unreadableCount,
    recipients_until: timestamp(report.recipientsUntilMs),
    nodes: nodes.map(({ name, state, dataKeys }) => ({ name, state, keys: dataKeys ?? null })),
  };
}

/** What is to be known of keys that are not the present one, a sentence each. */
export function dataKeyWarnings(report: DataKeyReport, nowMs: number): readonly string[] {
  const waiting =
    report.waitingId === undefined
      ? []
      : [`the master key ${report.waitingId} is in its place, and relayd works with it once it is restarted`];
  const unreadable =
    report.unreadableCount === 0
      ? []
      : [
          `no master key opens ${report.unreadable.join(', ')}${moreThan(report.unreadable, report.unreadableCount)}`,
        ];
  const inUse = othersInUse(report.others, nowMs).length;
  const many =
    inUse > MOST_OTHERS_IN_USE
      ? [`${inUse} previous keys are accepted, each tried at every login: take away those that can go`]
      : [];
  return [...waiting, ...unreadable, ...many, ...report.others.flatMap((one) => ofKey(one, report, nowMs))];
}

function ofKey(one: KeyDependents, report: DataKeyReport, nowMs: number): readonly string[] {
  const { keyId, accepted, secrets, sealed, erased, removableAtMs, usedUntilMs } = one;
  if (!accepted) {
    const names = namesOf(keyId, report);
    const named = secrets === 0 ? '' : ` (${names.join(', ')}${moreThan(names, secrets)})`;
    return lostWithout(one, nowMs).map(
      (lost) => `${lost}${lost.includes('log in') ? named : ''}: put it into previous_data_keys`,
    );
  }
  if (report.waitingId === keyId) return [];
  if (usedUntilMs === undefined && removableAtMs !== undefined)
    return [`nothing was made under the key ${keyId} so far: it is accepted, and not in use`];
  if (removableAtMs === undefined) {
    const names = namesOf(keyId, report);
    return [
      ...(sealed > 0
        ? [`${counted(sealed, 'sealed value')} left under the key ${keyId}: relayd seals them anew`]
        : []),
      ...(secrets > 0
        ? [
            `the key ${keyId} is needed for ${counted(secrets, 'secret')} not presented since: ${names.join(', ')}${moreThan(names, secrets)}`,
          ]
        : []),
      ...(erased > 0
        ? [
            `the key ${keyId} stays needed for ${counted(erased, 'suppression')} of erased addresses${isForErasedAlone(one, nowMs) ? ', and for nothing else' : ''}`,
          ]
        : []),
    ];
  }
  return removableAtMs > nowMs
    ? [
        `the key ${keyId} can be taken away on ${dayOf(removableAtMs)}: until then bounces and complaints about its mail come back`,
      ]
    : [`nothing depends on the key ${keyId} any more: it can be taken away (relayctl data-key forget)`];
}

function namesOf(keyId: string, { secrets }: DataKeyReport): readonly string[] {
  return secrets
    .filter((one) => one.keyId === keyId)
    .map(({ name, account }) => visible(`${account}/${name}`));
}

function moreThan(shown: readonly string[], all: number): string {
  return all > shown.length ? ` and ${all - shown.length} more` : '';
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
