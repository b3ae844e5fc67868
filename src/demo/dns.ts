/**
 * A DNS server on loopback: answers MX, A, AAAA and TXT queries from a table in memory, and NXDOMAIN for other names.
 * Used by the demo and the benchmarks, so that neither uses the network. UDP only, no compression, answers of at most
 * one loopback datagram. RFC 1035, RFC 7505.
 */
import dgram from 'node:dgram';
import type { Service } from '../platform/lifecycle.ts';

export type DemoRecord =
  | { readonly type: 'A'; readonly address: string }
  | { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
  | { readonly type: 'TXT'; readonly text: string };

const TYPE_NUMBERS: Readonly<Record<DemoRecord['type'], number>> = { A: 1, MX: 15, TXT: 16 };
const CLASS_IN = 1;
const TTL_SECONDS = 60;
const HEADER_BYTES = 12;
/** QR, AA, RD, RA of RFC 1035 §4.1.1. */
const RESPONSE_FLAGS = 0x8580;
const NXDOMAIN = 3;
/** Pointer to the name of the question, right after the header (RFC 1035 §4.1.4). */
const NAME_POINTER = 0xc00c;

export class DemoDns implements Service {
  readonly #socket = dgram.createSocket('udp4');
  readonly #records = new Map<string, DemoRecord[]>();

  private constructor() {
    this.#socket.on('message', (query, from) => {
      const answer = this.#answer(query);
      if (answer !== undefined) this.#socket.send(answer, from.port, from.address);
    });
  }

  /** Listens on 127.0.0.1 and a port of the system's choice. */
  static async start(): Promise<DemoDns> {
    const dns = new DemoDns();
    await new Promise<void>((resolve, reject) => {
      dns.#socket.once('error', reject);
      dns.#socket.bind(0, '127.0.0.1', resolve);
    });
    return dns;
  }

  /** `host:port`, as for the configuration key `dns.servers`. */
  get server(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  add(name: string, record: DemoRecord): void {
    const key = name.toLowerCase();
    const records = this.#records.get(key) ?? [];
    records.push(record);
    this.#records.set(key, records);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #answer(query: Buffer): Buffer | undefined {
    const question = readQuestion(query);
    if (question === undefined) return undefined;
    const known = this.#records.get(question.name);
    const answers = (known ?? [])
      .filter((record) => TYPE_NUMBERS[record.type] === question.type)
      .map((record) => encodeAnswer(record));
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(RESPONSE_FLAGS | (known === undefined ? NXDOMAIN : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    return Buffer.concat([header, query.subarray(HEADER_BYTES, question.end), ...answers]);
  }
}

/** The first question of `query`; `undefined` when it is malformed. */
function readQuestion(query: Buffer): { name: string; type: number; end: number } | undefined {
  if (query.length < HEADER_BYTES + 5 || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return undefined;
    at++;
    if (length === 0) break;
    labels.push(query.toString('latin1', at, at + length).toLowerCase());
    at += length;
  }
  if (at + 4 > query.length) return undefined;
  return { name: labels.join('.'), type: query.readUInt16BE(at), end: at + 4 };
}

function encodeAnswer(record: DemoRecord): Buffer {
  const data = encodeData(record);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(NAME_POINTER, 0);
  head.writeUInt16BE(TYPE_NUMBERS[record.type], 2);
  head.writeUInt16BE(CLASS_IN, 4);
  head.writeUInt32BE(TTL_SECONDS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function encodeData(record: DemoRecord): Buffer {
  switch (record.type) {
    case 'A':
      return Buffer.from(record.address.split('.').map(Number));
    case 'MX': {
      const preference = Buffer.alloc(2);
      preference.writeUInt16BE(record.preference);
      return Buffer.concat([preference, encodeName(record.exchange)]);
    }
    case 'TXT':
      return encodeStrings(record.text);
  }
}

/** An empty name is the root, as in a null MX. */
function encodeName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.');
  return Buffer.concat([...labels.map(encodeString), Buffer.from([0])]);
}

/** Text in strings of at most 255 octets each (RFC 1035 §3.3.14). */
function encodeStrings(text: string): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < text.length; at += 255) parts.push(encodeString(text.slice(at, at + 255)));
  return Buffer.concat(parts);
}

function encodeString(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}
