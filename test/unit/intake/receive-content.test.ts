import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { prepareHeader, type HeaderProblem, type PreparedHeader } from '../../../src/message/fix-ups.ts';
import { ContentMemory } from '../../../src/intake/content-memory.ts';
import { ContentReceiver } from '../../../src/intake/receive-content.ts';
import type { ReceivedContent } from '../../../src/intake/received-content.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { FakeSpool } from '../../protocol/support/fake-store.ts';

const LIMIT = 2_000_000;
const HEADER = 'From: a@example.org\r\nSubject: s\r\n\r\n';

type Prepare = ConstructorParameters<typeof ContentReceiver>[0]['prepareHeader'];

const prepareNow: (header: Uint8Array) => PreparedHeader | HeaderProblem = (header) =>
  prepareHeader(header, {
    messageId: 'msg_1',
    hostname: 'relay.test',
    received: 'Received: x\r\n',
    nowMs: 0,
  });

function setUp(memory = new ContentMemory(64 * 1024 * 1024), prepare: Prepare = prepareNow) {
  const spool = new FakeSpool();
  let paused = false;
  const receiver = new ContentReceiver({
    maxMessageBytes: LIMIT,
    upload: 'u',
    spool,
    memory,
    flow: { pause: () => (paused = true), resume: () => (paused = false) },
    prepareHeader: prepare,
    storeFailed: () => ({ code: 451, status: '4.3.0', text: '' }),
  });
  return { spool, receiver, memory, isPaused: () => paused };
}

async function receive(bytes: Buffer, cuts: (left: number) => number, memory?: ContentMemory) {
  const set = setUp(memory);
  for (let at = 0; at < bytes.length;) {
    const size = Math.max(1, Math.min(cuts(bytes.length - at), bytes.length - at));
    // A buffer that is used again after the call: nothing may be kept by reference.
    const piece = Buffer.from(bytes.subarray(at, at + size));
    expect(set.receiver.push(piece)).toBeUndefined();
    piece.fill(0x21);
    at += size;
    while (set.isPaused()) await new Promise((resolve) => setImmediate(resolve));
  }
  const result = await set.receiver.end();
  if ('refusal' in result) throw new Error(`refused: ${result.refusal.text}`);
  return { ...set, result, stored: contentOf(result, set.spool) };
}

function contentOf({ content }: ReceivedContent, spool: FakeSpool): Buffer {
  return content.kind === 'whole'
    ? Buffer.from(content.bytes)
    : Buffer.concat(spool.uploads.get(content.upload) ?? []);
}

function body(size: number, seed: number): string {
  const random = seededRandom(seed);
  let text = '';
  while (text.length < size) text += `${'x'.repeat(Math.floor(random.float() * 120))}\r\n`;
  return text.slice(0, size - 2) + '\r\n';
}

describe('content is the same however it is cut', () => {
  const sizes = [2, 100, 5_000, 262_000, 262_144, 300_000, 524_288, 1_500_000];
  it.each(sizes.flatMap((size) => [1, 2, 3].map((seed) => [size, seed] as const)))(
    'a body of %d octets, seed %d',
    async (size, seed) => {
      const random = seededRandom(seed * 1000 + size);
      const text = body(size, seed);
      const whole = seed === 1 ? (left: number) => left : () => Math.floor(random.float() ** 8 * 100_000);
      const { result, stored, spool } = await receive(Buffer.from(HEADER + text), whole);
      const prepared = stored.subarray(0, result.headerSizeBytes).toString();
      expect(prepared).toMatch(/^Received: x\r\nX-Relay-Message-Id: msg_1\r\n.*\r\n\r\n$/s);
      expect(stored.subarray(result.headerSizeBytes).toString()).toBe(text);
      expect(result.sizeBytes).toBe(stored.length);
      expect(result.content.kind).toBe(stored.length <= 262_144 ? 'whole' : 'chunks');
      if (result.content.kind === 'chunks') {
        const chunks = spool.uploads.get('u') ?? [];
        expect(chunks).toHaveLength(result.content.chunkCount);
        expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(262_144);
      }
      const canonical = text.replace(/(?:\r\n)+$/, '\r\n');
      const hashed = canonical === '\r\n' ? '' : canonical;
      expect(result.bodyHash).toBe(createHash('sha256').update(hashed).digest('base64'));
    },
  );

  it('octet by octet', async () => {
    const { stored, result } = await receive(Buffer.from(HEADER + body(3_000, 9)), () => 1);
    expect(stored.subarray(result.headerSizeBytes).toString()).toBe(body(3_000, 9));
  });
});

describe('memory', () => {
  it('is given back when the content is stored, refused or abandoned', async () => {
    const memory = new ContentMemory(64 * 1024 * 1024);
    for (const size of [1_000, 800_000]) {
      const { receiver } = await receive(Buffer.from(HEADER + body(size, 1)), () => 30_000, memory);
      receiver.release();
      expect(memory.usedBytes).toBe(0);
    }
    const broken = setUp(memory);
    broken.receiver.push(Buffer.from(HEADER + body(200_000, 1)));
    expect(memory.usedBytes).toBeGreaterThan(200_000);
    broken.receiver.abandon();
    expect(memory.usedBytes).toBe(0);
    const refused = setUp(memory);
    refused.receiver.push(Buffer.from(`X: 1\r\n\r\n${body(200_000, 1)}`));
    expect(await refused.receiver.end()).toMatchObject({ refusal: { code: 554 } });
    expect(memory.usedBytes).toBe(0);
  });

  it('that is short makes chunks smaller, and messages still come out whole', async () => {
    const memory = new ContentMemory(100_000);
    memory.change(200_000);
    const text = body(1_000_000, 4);
    const { stored, result, spool } = await receive(Buffer.from(HEADER + text), () => 65_536, memory);
    expect(stored.subarray(result.headerSizeBytes).toString()).toBe(text);
    expect((spool.uploads.get('u') ?? []).length).toBeGreaterThan(10);
    expect(spool.maxChunksInFlight).toBe(1);
  });
});

describe('a message that breaks off', () => {
  it('says so once it is past twice the limit, and stores nothing more', async () => {
    const { receiver, spool } = setUp();
    const block = Buffer.from(body(100_000, 1));
    receiver.push(Buffer.from(HEADER));
    for (let count = 0; count < 39; count++) expect(receiver.push(block)).toBeUndefined();
    receiver.push(block);
    expect(receiver.push(block)).toMatchObject({ code: 421, status: '4.7.0' });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(spool.uploads.size).toBe(0);
    expect(spool.abandoned).toEqual(['u']);
  });

  it('is abandoned after its last chunk in flight, not before', async () => {
    const { receiver, spool } = setUp();
    const gate = Promise.withResolvers<undefined>();
    spool.chunkGate = gate.promise;
    receiver.push(Buffer.from(HEADER + body(600_000, 1)));
    receiver.abandon();
    await new Promise((resolve) => setImmediate(resolve));
    expect(spool.abandoned).toEqual([]);
    gate.resolve(undefined);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(spool.abandoned).toEqual(['u']);
    expect(spool.uploads.size).toBe(0);
  });
});

describe('a header that takes time to prepare', () => {
  const later = () => {
    const { promise, resolve } = Promise.withResolvers<PreparedHeader | HeaderProblem>();
    let header: PreparedHeader | HeaderProblem | undefined;
    const set = setUp(undefined, (bytes) => {
      header = prepareNow(bytes);
      return { later: promise, dropsBody: true };
    });
    const text = 'a body that is replaced\r\n'.repeat(20_000);
    const piece = Buffer.from(HEADER + text);
    set.receiver.push(piece.subarray(0, 10));
    set.receiver.push(piece.subarray(10));
    piece.fill(0x21);
    return { ...set, resolve, header: () => header as PreparedHeader };
  };

  it('drops the body meanwhile, and is waited for at the end', async () => {
    const { receiver, memory, resolve, header } = later();
    // The header section as it came, for whoever looks why it was refused.
    expect(memory.usedBytes).toBe(HEADER.length);
    const ended = receiver.end();
    resolve({ ...header(), body: Buffer.from('filled\r\n') });
    const result = await ended;
    if ('refusal' in result) throw new Error(result.refusal.text);
    const { content } = result;
    expect(content.kind === 'whole' && Buffer.from(content.bytes).toString()).toMatch(
      /^Received: x\r\n.*Subject: s\r\n\r\nfilled\r\n$/s,
    );
    expect(memory.usedBytes).toBeGreaterThan(0);
    receiver.release();
    expect(memory.usedBytes).toBe(0);
  });

  it('keeps a body that stays, and holds the client back meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<PreparedHeader | HeaderProblem>();
    let header: PreparedHeader | HeaderProblem | undefined;
    const { receiver, memory, spool, isPaused } = setUp(undefined, (bytes) => {
      header = prepareNow(bytes);
      return { later: promise, dropsBody: false };
    });
    const text = 'a body that stays\r\n'.repeat(20_000);
    const piece = Buffer.from(HEADER + text);
    receiver.push(piece.subarray(0, 1_000));
    expect(isPaused()).toBe(true);
    receiver.push(piece.subarray(1_000));
    piece.fill(0x21);
    const ended = receiver.end();
    resolve(header as PreparedHeader);
    const result = await ended;
    if ('refusal' in result) throw new Error(result.refusal.text);
    expect(contentOf(result, spool).toString()).toMatch(/^Received: x\r\n.*Subject: s\r\n\r\na body/s);
    expect(contentOf(result, spool).toString().endsWith(text)).toBe(true);
    expect(isPaused()).toBe(false);
    receiver.release();
    expect(memory.usedBytes).toBe(0);
  });

  it('may come to a refusal', async () => {
    const { receiver, memory, resolve } = later();
    const problem = { code: 554, status: '5.6.0', text: 'no' };
    resolve({ problem });
    expect(await receiver.end()).toMatchObject({ refusal: problem });
    expect(memory.usedBytes).toBe(0);
  });

  it('leaves nothing behind when the connection broke meanwhile', async () => {
    const { receiver, memory, spool, resolve, header } = later();
    const ended = receiver.end();
    receiver.abandon();
    resolve({ ...header(), body: Buffer.alloc(1_000_000) });
    expect(await ended).toHaveProperty('refusal');
    expect([memory.usedBytes, spool.uploads.size]).toEqual([0, 0]);
  });
});
