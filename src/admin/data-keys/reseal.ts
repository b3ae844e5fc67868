/**
 * Seals what is sealed under a previous master key anew, under the present one: page by page, each page one transaction, so that it can
 * be interrupted at any point and begun again, and other nodes may do the same at once. The check value comes last: as long as it is
 * under a key, that key is needed at the start.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { SecretBox } from '../../platform/secret-box.ts';
import {
  SEALED_PLACES,
  type Reseal,
  type SealedReader,
  type SealedWriter,
  type StoredSecret,
} from '../../store/sealed-secrets.ts';
import { CHECK_CONTEXT, contextOf, nameOf } from './sealed-contexts.ts';

/** Opening and sealing one costs some 50 µs of a thread that serves clients as well. */
const PAGE = 50;
/** Another process may seal under the old key as long as the check value is under it. */
const MOST_PASSES = 5;
const MOST_NAMED = 10;

export interface Resealed {
  /** Values that were replaced. */
  readonly resealed: number;
  /** Names of those that no key opens: they are damaged, or their key is gone. At most {@link MOST_NAMED}. */
  readonly unreadable: readonly string[];
  readonly unreadableCount: number;
  /** It was interrupted. */
  readonly isPart: boolean;
}

/** Rejects with StoreError; what was replaced until then stays so. */
export async function resealSecrets(
  box: SecretBox,
  store: SealedReader & SealedWriter,
  interrupted: AbortSignal,
): Promise<Resealed> {
  let resealed = 0;
  const result = (unreadable: readonly string[], isPart: boolean): Resealed => ({
    resealed,
    unreadable: unreadable.slice(0, MOST_NAMED),
    unreadableCount: unreadable.length,
    isPart,
  });
  for (let pass = 1; ; pass++) {
    const unreadable: string[] = [];
    let found = 0;
    for (const place of SEALED_PLACES) {
      for await (const page of pagesOf(place, store)) {
        if (interrupted.aborted) return result(unreadable, true);
        const values = resealsOf(page, box, unreadable);
        if (values.length > 0) found += await store.reseal(place, values);
      }
    }
    resealed += found;
    if (interrupted.aborted) return result(unreadable, true);
    if (await replaceCheck(box, store)) resealed++;
    else if (found === 0) return result(unreadable, false);
    if (pass === MOST_PASSES) return result(unreadable, false);
  }
}

/** Of sealed values: how many are under each key, by its id. */
export interface SealedCounts {
  readonly byKey: ReadonlyMap<string, number>;
  readonly unreadable: readonly string[];
  readonly unreadableCount: number;
}

/** Reads all of them; costs a few seconds for a hundred thousand. */
export async function countSealed(box: SecretBox, reader: SealedReader): Promise<SealedCounts> {
  const byKey = new Map<string, number>();
  const unreadable: string[] = [];
  for (const place of SEALED_PLACES)
    for await (const page of pagesOf(place, reader))
      for (const { secret } of page) {
        const id = box.keyOf(secret.sealed, contextOf(secret));
        if (id === undefined) unreadable.push(nameOf(secret));
        else byKey.set(id, (byKey.get(id) ?? 0) + 1);
      }
  return { byKey, unreadable: unreadable.slice(0, MOST_NAMED), unreadableCount: unreadable.length };
}

/** The id of the key that the check value is sealed under; `undefined`: none of `box`, or there is no such value yet. */
export async function keyOfCheck(
  box: SecretBox,
  reader: Pick<SealedReader, 'masterKeyCheck'>,
): Promise<string | undefined> {
  const check = await reader.masterKeyCheck();
  return check === undefined ? undefined : box.keyOf(check, CHECK_CONTEXT);
}

async function* pagesOf(
  place: (typeof SEALED_PLACES)[number],
  reader: SealedReader,
): AsyncGenerator<readonly StoredSecret[]> {
  for (let after = 0; ;) {
    const page = await reader.secretsAfter(place, after, PAGE);
    if (page.length > 0) yield page;
    after = page.at(-1)?.row ?? after;
    if (page.length < PAGE) return;
    // Clients have their turn.
    await turn();
  }
}

function resealsOf(page: readonly StoredSecret[], box: SecretBox, unreadable: string[]): readonly Reseal[] {
  return page.flatMap(({ row, secret }): readonly Reseal[] => {
    const context = contextOf(secret);
    const id = box.keyOf(secret.sealed, context);
    if (id === box.keyIds[0]) return [];
    if (id === undefined) {
      unreadable.push(nameOf(secret));
      return [];
    }
    return [{ row, from: secret.sealed, to: sealedAnew(box, secret.sealed, context) }];
  });
}

/** True: it was under another key. */
async function replaceCheck(box: SecretBox, store: SealedReader & SealedWriter): Promise<boolean> {
  const check = await store.masterKeyCheck();
  const id = check === undefined ? undefined : box.keyOf(check, CHECK_CONTEXT);
  if (check === undefined || id === undefined || id === box.keyIds[0]) return false;
  await store.replaceMasterKeyCheck(check, sealedAnew(box, check, CHECK_CONTEXT));
  return true;
}

function sealedAnew(box: SecretBox, sealed: Uint8Array, context: string): Uint8Array {
  const plain = box.open(sealed, context);
  const anew = box.seal(plain, context);
  plain.fill(0);
  return anew;
}
