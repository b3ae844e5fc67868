/**
 * A DNS server on 127.0.0.1 over UDP, and over TCP for answers that UDP truncates, that serves a zone object. It
 * takes a free port unless one is given; point `dns.servers` at `address`.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { AUTHENTIC_DATA, decode, encode, RECURSION_AVAILABLE, TRUNCATED_RESPONSE } from 'dns-packet';
import type { Answer, DecodedPacket, Packet, Question } from 'dns-packet';
import { ZoneTable, type Zone, type ZoneAnswer, type ZoneRecord, type ZoneType } from './dns-zone.ts';

export interface FakeDns extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `127.0.0.1:port`, as in `dns.servers`. */
  readonly address: string;
  /** The served zone; changes count at once. `zone.questions` lists what was asked. */
  readonly zone: ZoneTable;
  /** Answers carry the AD bit, as those of a validating resolver do. Default false. */
  authenticated: boolean;
  /** Questions that came over TCP. */
  readonly tcpQuestions: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const PORT_TRIES = 20;
/** Octets of a UDP answer without EDNS; RFC 1035 §4.2.1. */
const UDP_LIMIT = 512;
const RCODES = { nxdomain: 3, servfail: 2, refused: 5 } as const;

/** `port` 0: a free one. */
export async function startFakeDns(
  zone: Zone | ZoneTable = {},
  { port: wantedPort }: { readonly port: number } = { port: 0 },
): Promise<FakeDns> {
  const table = zone instanceof ZoneTable ? zone : new ZoneTable(zone);
  const { udp, tcp, port } = await bindBoth(wantedPort);
  const connections = new Set<Socket>();
  const behaviour = { authenticated: false };
  let tcpQuestions = 0;

  udp.on('message', (bytes, peer) => {
    const response = respond(table, bytes, true, behaviour);
    if (response !== undefined) udp.send(response, peer.port, peer.address);
  });
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        tcpQuestions++;
        const response = respond(table, pending.subarray(2, end), false, behaviour);
        pending = pending.subarray(end);
        if (response === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(response.length);
        socket.write(Buffer.concat([length, response]));
      }
    });
  });

  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    for (const socket of connections) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => tcp.close(() => resolve())),
      new Promise<void>((resolve) => udp.close(() => resolve())),
    ]);
  };
  return {
    host: HOST,
    port,
    address: `${HOST}:${port}`,
    zone: table,
    get authenticated() {
      return behaviour.authenticated;
    },
    set authenticated(wanted) {
      behaviour.authenticated = wanted;
    },
    get tcpQuestions() {
      return tcpQuestions;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The kernel picks the TCP port; UDP has to have the same one, so a collision picks again. */
async function bindBoth(wanted: number): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  for (let tries = 1; ; tries++) {
    const tcp = createServer();
    tcp.listen(wanted, HOST);
    await once(tcp, 'listening');
    const address = tcp.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const udp = createSocket('udp4');
    try {
      udp.bind(port, HOST);
      await once(udp, 'listening');
      return { udp, tcp, port };
    } catch (error) {
      udp.close();
      tcp.close();
      if (tries === PORT_TRIES) throw error;
    }
  }
}

function respond(
  table: ZoneTable,
  bytes: Buffer,
  overUdp: boolean,
  { authenticated }: { readonly authenticated: boolean },
): Buffer | undefined {
  let query: DecodedPacket;
  try {
    query = decode(bytes);
  } catch {
    return undefined;
  }
  const question = query.questions?.[0];
  if (query.type !== 'query' || question === undefined) return undefined;
  const answer = table.ask(question.name, question.type as ZoneType);
  if (answer.kind === 'timeout') return undefined;
  const opt = query.additionals?.find((record) => record.type === 'OPT');
  const plain = packetFor(query.id, question, answer, opt !== undefined);
  const packet = { ...plain, flags: (plain.flags ?? 0) | (authenticated ? AUTHENTIC_DATA : 0) };
  const response = encode(packet);
  const limit = Math.max(UDP_LIMIT, opt?.udpPayloadSize ?? 0);
  if (!overUdp || response.length <= limit) return response;
  return encode({ ...packet, flags: packet.flags | TRUNCATED_RESPONSE, answers: [] });
}

function packetFor(id: number | undefined, question: Question, answer: ZoneAnswer, edns: boolean): Packet {
  const rcode = answer.kind === 'records' || answer.kind === 'timeout' ? 0 : RCODES[answer.kind];
  return {
    type: 'response',
    id: id ?? 0,
    flags: RECURSION_AVAILABLE | rcode,
    questions: [question],
    answers: answer.kind === 'records' ? answer.records.map(wireRecord) : [],
    additionals: edns
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: 1232,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  };
}

function wireRecord(record: ZoneRecord): Answer {
  if (record.type === 'MX') {
    const { preference, exchange } = record.data;
    return { ...record, data: { preference, exchange: exchange === '' ? '.' : exchange } };
  }
  if (record.type !== 'TXT') return record;
  const octets = Buffer.from(record.data);
  const strings: Buffer[] = [];
  for (let at = 0; at === 0 || at < octets.length; at += 255) strings.push(octets.subarray(at, at + 255));
  return { ...record, data: strings };
}
