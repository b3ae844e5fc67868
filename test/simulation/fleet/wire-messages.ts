/** Messages of PostgreSQL's protocol in a stream of octets: enough to know what is a request and when it is answered. */

export type OnMessage = (type: string, body: Buffer) => void;

const NO_OCTETS: Buffer = Buffer.alloc(0);

export class WireMessages {
  readonly #onMessage: OnMessage;
  /** What a client says first has no type. */
  #untyped: boolean;
  #rest: Buffer = NO_OCTETS;

  constructor(onMessage: OnMessage, { untypedFirst }: { readonly untypedFirst: boolean }) {
    this.#onMessage = onMessage;
    this.#untyped = untypedFirst;
  }

  push(octets: Buffer): void {
    let rest = this.#rest.length === 0 ? octets : Buffer.concat([this.#rest, octets]);
    for (;;) {
      const head = this.#untyped ? 0 : 1;
      if (rest.length < head + 4) break;
      const length = head + rest.readUInt32BE(head);
      if (rest.length < length) break;
      const type = this.#untyped ? 'startup' : String.fromCharCode(rest[0] as number);
      this.#untyped = false;
      this.#onMessage(type, rest.subarray(head + 4, length));
      rest = rest.subarray(length);
    }
    this.#rest = rest;
  }
}
