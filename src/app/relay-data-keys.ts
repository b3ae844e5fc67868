/** The master keys of a relay among others that share its store, and the work of a change of the key. */
import { conflictWith, otherNodes } from '../admin/data-keys/key-decisions.ts';
import { resealAccount } from '../acme/acme-state.ts';
import type { Config } from '../config/config.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import { delay, type Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import { SecretBoxError, type SecretBox } from '../platform/secret-box.ts';
import type { FleetWriter } from '../store/fleet.ts';
import type { StoreReader } from '../store/open-store.ts';
import type { StoreWrites } from '../store/store.ts';
import { startDataKeyWatch, type DataKeyWatch } from '../upkeep/data-key-watch.ts';
import { startRehashMemory } from '../upkeep/rehash-memory.ts';

/** Others may be starting with keys that they have just been given. */
const TRIES = 10;
const BETWEEN_TRIES_MS = 500;

export interface NodeKeysOptions {
  readonly box: SecretBox;
  readonly nodeName: string;
  readonly reader: Pick<StoreReader, 'nodes'>;
  readonly fleet: Pick<FleetWriter, 'noteNodeKeys'>;
  readonly clock: Clock;
}

/**
 * Says which keys this node has, and refuses to go on where it and another one could not read what the other makes. Rejects with
 * SecretBoxError `master-key-wrong`, StoreError.
 */
export async function agreeOnKeys({ box, nodeName, reader, fleet, clock }: NodeKeysOptions): Promise<void> {
  // Before it looks at the others: of two that start at once one sees the other.
  await fleet.noteNodeKeys(nodeName, box.keyIds);
  for (let tries = 1; ; tries++) {
    const conflict = conflictWith(box.keyIds, otherNodes(await reader.nodes(), nodeName));
    if (conflict === undefined) return;
    if (tries === TRIES) throw new SecretBoxError('master-key-wrong', conflict);
    await delay(clock, BETWEEN_TRIES_MS);
  }
}

export interface DataKeysOptions {
  readonly config: Config;
  readonly box: SecretBox;
  /** As {@link DataKeyWatch} takes it. */
  readonly before: string | undefined;
  readonly reader: StoreReader;
  readonly writes: StoreWrites;
  readonly acceptance: Pick<Acceptance, 'rehashes' | 'limits'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Never rejects: a full disk must not keep waiting mail from being delivered. */
export async function startDataKeys(
  { config, box, before, reader, writes, acceptance, clock, random, log }: DataKeysOptions,
  cleanup: AsyncDisposableStack,
): Promise<DataKeyWatch> {
  const watch = await startDataKeyWatch({
    ...{ box, before, reader, clock, log },
    dataKeys: writes.dataKeys,
    secrets: writes.secrets,
    audit: writes.audit,
    others: async () => otherNodes(await reader.nodes(), config.node.name),
    resealFiles: () => resealAccount(config.dataDir, box, random),
  });
  cleanup.defer(() => watch.stop());
  const memory = startRehashMemory({
    secrets: acceptance.rehashes,
    recipients: acceptance.limits,
    writer: writes.dataKeys,
    keyId: box.keyIds[0],
    mayWrite: () => watch.makesNewest(),
    ...{ clock, log },
  });
  cleanup.defer(() => memory.stop());
  return watch;
}
