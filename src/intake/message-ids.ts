/**
 * Ids of messages, and the report token that each carries (dsn/report-token.ts). A keyed hash by itself costs its thread
 * several times what one of many in a row does, and every message needs one: so random parts of ids are drawn, and their
 * tokens' checks made, some dozens at a time.
 */
import { checkOfReportToken, formatReportToken } from '../dsn/report-token.ts';
import { idOf, randomPartOfId } from '../platform/ids.ts';
import type { MakeHash } from '../platform/keyed-hash.ts';
import type { Random } from '../platform/random.ts';

export interface MessageId {
  /** A `msg_` id. */
  readonly id: string;
  /** The value of `X-Relay-Report-Token` in its message. */
  readonly reportToken: string;
}

interface Drawn {
  readonly randomPart: string;
  readonly check: string;
}

const AT_A_TIME = 64;

export class MessageIds {
  readonly #random: Random;
  readonly #hash: MakeHash;
  #drawn: Drawn[] = [];

  constructor(random: Random, hash: MakeHash) {
    this.#random = random;
    this.#hash = hash;
  }

  /** A new id. */
  next(nowMs: number): MessageId {
    if (this.#drawn.length === 0) this.#drawn = Array.from({ length: AT_A_TIME }, () => this.#draw());
    const { randomPart, check } = this.#drawn.pop() ?? this.#draw();
    const id = idOf('msg_', nowMs, randomPart);
    return { id, reportToken: formatReportToken(id, check) };
  }

  #draw(): Drawn {
    const randomPart = randomPartOfId(this.#random);
    return { randomPart, check: checkOfReportToken(randomPart, this.#hash) };
  }
}
