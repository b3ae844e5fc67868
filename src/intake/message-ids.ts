/**
 * Ids of messages, and the report token that each carries (dsn/report-token.ts). A keyed hash by itself costs its thread
 * several times what one of many in a row does, and every message needs one: so random halves of ids are drawn, and their
 * tokens' checks made, some dozens at a time.
 */
import { checkOfReportToken, formatReportToken } from '../dsn/report-token.ts';
import type { TokenHash } from '../dsn/return-path-token.ts';
import { ID_RANDOM_BYTES, ID_RANDOM_LENGTH, makeId } from '../platform/ids.ts';
import type { Random } from '../platform/random.ts';
import { BoundedTable } from '../platform/bounded-table.ts';

const AT_A_TIME = 64;
/** Ids whose message is on its way; the check of one that was forgotten is made again. */
const MAX_REMEMBERED = 4_096;

export class MessageIds {
  readonly #random: Random;
  readonly #hash: TokenHash;
  readonly #drawn: { readonly half: Uint8Array; readonly check: string }[] = [];
  /** By the random part of the id. */
  readonly #checks = new BoundedTable<string>(MAX_REMEMBERED);

  constructor(random: Random, hash: TokenHash) {
    this.#random = random;
    this.#hash = hash;
  }

  /** A new `msg_` id. */
  next(nowMs: number): string {
    if (this.#drawn.length === 0) this.#draw();
    const drawn = this.#drawn.pop();
    if (drawn === undefined) return makeId('msg_', nowMs, this.#random);
    const id = makeId('msg_', nowMs, { bytes: () => drawn.half });
    this.#checks.set(randomPart(id), drawn.check);
    return id;
  }

  /** What `X-Relay-Report-Token` says in the message with this id. */
  reportTokenOf(messageId: string): string {
    const key = randomPart(messageId);
    const check = this.#checks.get(key);
    this.#checks.delete(key);
    return formatReportToken(messageId, check ?? checkOfReportToken(messageId, this.#hash));
  }

  #draw(): void {
    for (let count = 0; count < AT_A_TIME; count++) {
      const half = this.#random.bytes(ID_RANDOM_BYTES);
      const id = makeId('msg_', 0, { bytes: () => half });
      this.#drawn.push({ half, check: checkOfReportToken(id, this.#hash) });
    }
  }
}

function randomPart(id: string): string {
  return id.slice(-ID_RANDOM_LENGTH);
}
