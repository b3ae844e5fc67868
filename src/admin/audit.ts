/**
 * The audit log for people: its check from the first line to the last, in bounded memory, and its seals. A seal is a line that
 * relayd writes at its start and once a day: the last line's number and hash, with a keyed hash of both. The key is derived
 * from the master key, so who has the database alone can write the chain anew, and cannot make the seals that belong to it. A seal
 * that was made under a previous key is good as long as that key is accepted. Afterwards it cannot be checked; who says that the key is
 * gone has it counted, and the next seal vouches for all lines before it. Without that a made-up key would pass.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { RELAY } from '../policy/actor.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { AuditHead, AuditLine, AuditReader, AuditWriter } from '../store/audit.ts';
import { ChainCheck, partsOf, type ChainBreak } from '../store/audit-chain.ts';

const SEAL = 'audit seal';
const SEAL_FORM = 'postern audit seal 1';
const PAGE = 1_000;
/** A seal is written right after it was made: so many lines may have come in between. */
const SEAL_WITHIN = 1_000;

/** What seals are made and checked with. */
export type SealingBox = Pick<SecretBox, 'hmac' | 'hmacs' | 'keyIds'>;

export interface AuditVerdict {
  /** The last line that was found good; all up to it are. */
  readonly head: AuditHead;
  readonly outside: ChainCheck['outside'];
  /** The first thing that is wrong; `undefined`: nothing is. */
  readonly broken: ChainBreak | undefined;
  /** The last line that a seal vouches for; `undefined`: none does, or seals were not checked. */
  readonly sealed: { readonly sequence: number; readonly atMs: number } | undefined;
  /** Seals under keys that are gone, by the id of the key: they were not checked. */
  readonly unchecked: ReadonlyMap<string, number>;
}

export interface VerifyOptions {
  /** The hash of a line, kept elsewhere: one of the lines must have it. */
  readonly head: string | undefined;
  /** `undefined`: seals are not checked. */
  readonly box: SealingBox | undefined;
  /** The id of the store's first key, under which seals without one were made; `undefined`: the present one. */
  readonly firstKey?: string | undefined;
  /** Ids of keys that were taken away: seals under them are counted. */
  readonly goneKeys?: readonly string[];
  readonly interrupted?: AbortSignal | undefined;
}

/** Reads all of it. */
export async function verifyAudit(
  reader: Pick<AuditReader, 'auditStretch'>,
  { head: kept, box, firstKey, goneKeys = [], interrupted }: VerifyOptions,
): Promise<AuditVerdict> {
  const check = new ChainCheck();
  const seals = new SealCheck(box, firstKey, goneKeys);
  let found = kept === undefined;
  const verdict = (broken: ChainBreak | undefined): AuditVerdict => ({
    head: check.last,
    outside: check.outside,
    broken,
    sealed: seals.last,
    unchecked: seals.unchecked,
  });
  for (let after = 0; ;) {
    const { lines, head } = await reader.auditStretch(after, PAGE);
    for (const line of lines) {
      const broken = check.take(line) ?? seals.take(line);
      if (broken !== undefined) return verdict(broken);
      found ||= line.hash === kept;
    }
    after = lines.at(-1)?.id ?? after;
    // An interruption is heard, and other work has its turn.
    await turn();
    if (interrupted?.aborted === true)
      return verdict({ sequence: check.last.sequence + 1, problem: 'interrupted' });
    if (lines.length === PAGE) continue;
    const broken = check.end(head);
    if (broken !== undefined || found) return verdict(broken);
    const problem = `no line has the hash ${kept ?? ''}: the chain was written anew, or ends earlier than it did`;
    return verdict({ sequence: check.last.sequence, problem });
  }
}

/** Writes a seal of the chain as it is. Resolves to the head that it vouches for. */
export async function sealAudit(
  reader: Pick<AuditReader, 'auditHead'>,
  audit: Pick<AuditWriter, 'noteAudit'>,
  box: Pick<SealingBox, 'hmac' | 'keyIds'>,
  atMs: number,
): Promise<AuditHead> {
  const head = await reader.auditHead();
  const subject = [String(head.sequence), head.hash, hex(box.hmac(sealedText(head))), box.keyIds[0]];
  await audit.noteAudit({ atMs, actor: RELAY, action: SEAL, subject });
  return head;
}

function sealedText({ sequence, hash }: AuditHead): string {
  return `${SEAL_FORM}\n${sequence}\n${hash}\n`;
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}

const NOT_OURS = 'its seal was not made with the master key of this store';

function ofOtherKey(keyId: string): string {
  return (
    `its seal was not made with the master key of this store, but with the key ${keyId}: if that was taken away, ` +
    'give it once more (previous_data_keys), or say so (--without-key)'
  );
}

/** Of lines in order that are found good. */
class SealCheck {
  readonly #box: SealingBox | undefined;
  readonly #firstKey: string | undefined;
  readonly #goneKeys: readonly string[];
  readonly #unchecked = new Map<string, number>();
  readonly #hashes = new Map<number, string>();
  #last: AuditVerdict['sealed'];

  constructor(box: SealingBox | undefined, firstKey: string | undefined, goneKeys: readonly string[]) {
    this.#box = box;
    this.#firstKey = firstKey;
    this.#goneKeys = goneKeys;
  }

  get unchecked(): ReadonlyMap<string, number> {
    return this.#unchecked;
  }

  get last(): AuditVerdict['sealed'] {
    return this.#last;
  }

  take({ sequence, hash, action, subject, atMs }: AuditLine): ChainBreak | undefined {
    if (this.#box === undefined || sequence === undefined || hash === undefined) return undefined;
    if (action === SEAL) {
      const [number, sealed, seal, key] = partsOf(subject) ?? [];
      const head = { sequence: Number(number), hash: typeof sealed === 'string' ? sealed : '' };
      // The first one may seal that there is nothing yet.
      const isThere = head.sequence === 0 || this.#hashes.get(head.sequence) === head.hash;
      const isOurs = this.#box.hmacs(sealedText(head)).some((one) => hex(one) === seal);
      const keyId = typeof key === 'string' ? key : (this.#firstKey ?? this.#box.keyIds[0]);
      const isKnown = this.#box.keyIds.includes(keyId);
      if (isThere && !isOurs && !isKnown && this.#goneKeys.includes(keyId))
        this.#unchecked.set(keyId, (this.#unchecked.get(keyId) ?? 0) + 1);
      else if (!isThere || !isOurs) return { sequence, problem: isKnown ? NOT_OURS : ofOtherKey(keyId) };
      else this.#last = { sequence: head.sequence, atMs };
    }
    this.#hashes.set(sequence, hash);
    this.#hashes.delete(sequence - SEAL_WITHIN);
    return undefined;
  }
}
