/**
 * Writes hashes under the present master key in place of those under previous ones: of secrets that were presented, and of known
 * recipients that were mailed. Every few seconds and at shutdown, many in one operation, off the path of mail. What a crash or a
 * failed write loses is noted again at the next login.
 */
import type { RehashRecorder } from '../intake/rehash-recorder.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { DataKeyWriter, RecipientRehash } from '../store/data-keys.ts';
import { startLooking } from './repeated-look.ts';

const WRITE_EVERY_MS = 2_000;
/** An operation: it holds up the store's thread for a few milliseconds. */
const WRITE_AT_MOST = 200;

export interface RehashMemoryOptions {
  readonly secrets: Pick<RehashRecorder, 'take' | 'missed'>;
  readonly recipients: { takeRehashes(limit: number): readonly RecipientRehash[] };
  readonly writer: Pick<DataKeyWriter, 'rehashSecrets' | 'rehashRecipients'>;
  /** The id of the present key. */
  readonly keyId: string;
  /** False while the key of this relay is not that of the store, as far as it knows: the store decides. */
  readonly mayWrite: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RehashMemory {
  /** Writes what remains; never rejects. */
  stop(): Promise<void>;
}

export function startRehashMemory(options: RehashMemoryOptions): RehashMemory {
  const { clock } = options;
  const looking = startLooking({ everyMs: WRITE_EVERY_MS, look: () => write(options), clock });
  return {
    async stop() {
      await looking.stop();
      await write(options);
    },
  };
}

async function write({
  secrets,
  recipients,
  writer,
  keyId,
  mayWrite,
  log,
}: RehashMemoryOptions): Promise<void> {
  if (!mayWrite()) return;
  const failed = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn('hashes under a previous master key not replaced', { reason });
  };
  for (let taken = secrets.take(WRITE_AT_MOST); taken.length > 0; taken = secrets.take(WRITE_AT_MOST)) {
    try {
      const replaced = await writer.rehashSecrets(keyId, taken);
      if (replaced > 0) log.info('secrets hashed anew', { key: keyId, secrets: replaced });
    } catch (error) {
      secrets.missed(taken);
      failed(error);
      return;
    }
  }
  const take = () => recipients.takeRehashes(WRITE_AT_MOST);
  for (let taken = take(); taken.length > 0; taken = take()) {
    try {
      await writer.rehashRecipients(keyId, taken);
    } catch (error) {
      failed(error);
      return;
    }
  }
}
