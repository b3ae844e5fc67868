/**
 * The master key of a running relay: notes which key it makes with, at the start and every hour; seals anew what is under a previous
 * one; and says when something was made under a key that is gone. Where nodes share a store, each does so with the key that it was
 * given, and the one that was adopted last is what everything is sealed under.
 */
import { resealSecrets } from '../admin/data-keys/reseal.ts';
import { dependents, MOST_SECRETS_NAMED, type KeyDependents } from '../admin/data-keys/dependents.ts';
import { takesOver } from '../admin/data-keys/key-decisions.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { RELAY } from '../policy/actor.ts';
import type { AuditWriter } from '../store/audit.ts';
import { NOTED_EVERY_MS, type DataKeyReader, type DataKeyWriter, type OldHash } from '../store/data-keys.ts';
import type { NodeView } from '../store/fleet.ts';
import type { SealedReader, SealedWriter } from '../store/sealed-secrets.ts';

export interface DataKeyWatchOptions {
  readonly box: SecretBox;
  /** The key that the check value was sealed under at the start; `undefined`: there was none. */
  readonly before: string | undefined;
  readonly reader: DataKeyReader & SealedReader;
  readonly dataKeys: DataKeyWriter;
  readonly secrets: SealedWriter;
  readonly audit: Pick<AuditWriter, 'noteAudit'>;
  /** Other nodes that are up. */
  readonly others: () => Promise<readonly NodeView[]>;
  /** Seals anew what is in files of this node. Throws errors of the system. */
  readonly resealFiles: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** As of the last look. */
export interface DataKeyFacts {
  /** Keys that are not the present one, and secrets that depend on them. */
  readonly others: readonly KeyDependents[];
  readonly secrets: readonly OldHash[];
}

export interface DataKeyWatch {
  /** The present key of this relay is that of the store: hashes may be replaced by such under it. */
  makesNewest(): boolean;
  facts(): DataKeyFacts;
  /** Resolves when the first round of sealing anew has ended, however. */
  readonly resealed: Promise<void>;
  /** Resolves when nothing is sealed any more. */
  stop(): Promise<void>;
}

const NOTHING: DataKeyFacts = { others: [], secrets: [] };

/** Resolves when the key is noted, or could not be: then in an hour. Never rejects. */
export async function startDataKeyWatch(options: DataKeyWatchOptions): Promise<DataKeyWatch> {
  const { box, clock, log } = options;
  const [own] = box.keyIds;
  const ending = new AbortController();
  let timer: Timer | undefined;
  let facts = NOTHING;
  let newest: string | undefined;
  let { before } = options;
  let warned = '';
  const noted = async () => {
    try {
      newest = await note(options, before);
      before = undefined;
    } catch (error) {
      log.warn('the master key in use is not noted', { reason: reasonOf(error) });
    }
  };
  const round = async () => {
    try {
      if (newest === own) await reseal(options, ending.signal);
      facts = await look(options);
      const lost = facts.others.filter(({ accepted, secrets, erased }) => !accepted && secrets + erased > 0);
      const said = JSON.stringify(lost.map(({ keyId, secrets, erased }) => [keyId, secrets, erased]));
      if (lost.length > 0 && said !== warned) warnOf(lost, facts, log);
      warned = said;
    } catch (error) {
      log.warn('master keys not looked at', { reason: reasonOf(error) });
    }
  };
  const schedule = () => {
    if (ending.signal.aborted) return;
    timer = clock.after(NOTED_EVERY_MS, () => {
      running = noted().then(round).finally(schedule);
    });
  };
  await noted();
  const resealed = round();
  let running = resealed;
  schedule();
  return {
    makesNewest: () => newest === own,
    facts: () => facts,
    resealed,
    async stop() {
      ending.abort();
      timer?.cancel();
      await running;
    },
  };
}

/** Resolves to the newest key of the store. */
async function note(
  { box, reader, dataKeys, others, clock, log }: DataKeyWatchOptions,
  before: string | undefined,
): Promise<string | undefined> {
  const [keyId] = box.keyIds;
  const known = await reader.dataKeys();
  const takes = takesOver(keyId, known, await others());
  const records = await dataKeys.noteDataKey({ keyId, before, takesOver: takes, atMs: clock.now() }, RELAY);
  const newest = records.at(-1)?.keyId;
  if (records.length > 1 && newest !== known.at(-1)?.keyId)
    log.info('master key in use', { key: newest, previous: box.keyIds.slice(1) });
  return newest;
}

async function reseal(options: DataKeyWatchOptions, signal: AbortSignal): Promise<void> {
  const { box, reader, secrets, audit, resealFiles, clock, log } = options;
  if (box.keyIds.length === 1) return;
  const done = await resealSecrets(box, { ...reader, ...secrets }, signal);
  if (done.unreadableCount > 0)
    log.warn('secrets cannot be opened', { secrets: done.unreadable, count: done.unreadableCount });
  resealFiles();
  if (done.resealed === 0) return;
  const [key] = box.keyIds;
  log.info('secrets sealed anew', { key, secrets: done.resealed, complete: !done.isPart });
  const subject = [key, `${done.resealed} values`];
  await audit.noteAudit({ atMs: clock.now(), actor: RELAY, action: 'data-key reseal', subject });
}

/** Sealed values are left out: they are sealed anew, or named as damaged. */
async function look({ box, reader, clock }: DataKeyWatchOptions): Promise<DataKeyFacts> {
  const records = await reader.dataKeys();
  const presentId = records.at(-1)?.keyId ?? box.keyIds[0];
  // One key, from the first start on: nothing can be of another.
  if (records.length < 2 && box.keyIds.length === 1) return NOTHING;
  const hashes = await reader.hashesUnderOthers(presentId, clock.now(), MOST_SECRETS_NAMED);
  const sealed = { byKey: new Map<string, number>() };
  return {
    others: dependents({ presentId, acceptedIds: box.keyIds, records, hashes, sealed }),
    secrets: hashes.first,
  };
}

function warnOf(lost: readonly KeyDependents[], { secrets }: DataKeyFacts, log: Log): void {
  for (const { keyId, secrets: count, erased } of lost) {
    if (erased > 0) log.warn('suppressions of a master key that is gone', { key: keyId, count: erased });
    if (count === 0) continue;
    const credentials = secrets.filter((one) => one.keyId === keyId).map(({ name }) => name);
    log.warn('credentials of a master key that is gone', { key: keyId, count, credentials });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
