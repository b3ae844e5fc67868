/** Mail in which each recipient gets fields of their own: what is sent, what is signed, what is read from the store. */
import { describe, expect, it } from 'vitest';
import { ChunkCache } from '../../../../src/delivery/content/chunk-cache.ts';
import { MessageSource } from '../../../../src/delivery/content/message-source.ts';
import { createRecipientFields } from '../../../../src/delivery/content/recipient-fields.ts';
import { openLinkToken } from '../../../../src/links/link-token.ts';
import { systemRandom } from '../../../../src/platform/random.ts';
import { createSecretBox } from '../../../../src/platform/secret-box.ts';
import type { ContentReader } from '../../../../src/store/content-reader.ts';
import type { ClaimedDelivery } from '../../../../src/store/delivery-records.ts';
import type { MessageFacts } from '../../../../src/store/message-records.ts';

const box = createSecretBox(Buffer.alloc(32, 7), systemRandom);
const HEADER = 'From: <a@shop.example>\r\n\r\n';
const facts = {
  id: 'msg_01k9q3v4d2t6m8n0p2r4s6t8v0',
  accountId: 'acc_01k9q3v4d2t6m8n0p2r4s6t8v1',
  stream: 'broadcast',
  signingDomain: 'shop.example',
  headerSizeBytes: HEADER.length,
  sizeBytes: HEADER.length + 4,
  oneClick: true,
} as MessageFacts;

const to = (recipient: string, number = 1) =>
  ({ id: `dlv_${facts.id.slice(4)}-${number}`, recipient }) as ClaimedDelivery;

function fieldsWith(parts: {
  readonly linksTo?: string;
  readonly takesMail?: boolean;
  readonly mx?: 'ok' | 'missing';
  readonly known?: boolean;
}) {
  const { linksTo, takesMail = false, mx = 'ok', known = true } = parts;
  const domain = { recordStatus: { 'return-path-mx': mx } } as never;
  return createRecipientFields({
    box,
    directory: { findDomain: () => Promise.resolve(known ? domain : undefined) },
    linksTo: () => linksTo,
    takesMail: () => takesMail,
  });
}

class CountedReader implements ContentReader {
  readonly reads: string[] = [];
  readonly #chunks: readonly Uint8Array<ArrayBuffer>[];
  constructor(...chunks: readonly string[]) {
    this.#chunks = chunks.map((chunk) => Uint8Array.from(Buffer.from(chunk)));
  }
  chunkCount = () => Promise.resolve(this.#chunks.length);
  readChunk = (contentId: number, index: number) => {
    this.reads.push(`${contentId} ${index}`);
    const chunk = this.#chunks[index];
    return chunk === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(chunk);
  };
}

async function octetsOf(source: MessageSource, top: Uint8Array): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of source.chunks(top)) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

describe('the fields of a recipient', () => {
  it('are wanted for mail of that kind where there is a way, and for no other mail', () => {
    const https = { linksTo: 'https://mail.example' };
    expect(fieldsWith(https).isWanted(facts)).toBe(true);
    expect(fieldsWith({ takesMail: true }).isWanted(facts)).toBe(true);
    expect(fieldsWith({}).isWanted(facts)).toBe(false);
    expect(fieldsWith(https).isWanted({ ...facts, oneClick: undefined })).toBe(false);
  });

  it('have a link that says who it is for, the same each time', async () => {
    const fields = fieldsWith({ linksTo: 'https://mail.example', takesMail: true });
    const text = await fields.fieldsFor(facts, to('Alice@r.example', 3));
    const token = /\/u\/([\w-]+)>/.exec(text)?.[1] ?? '';
    expect(openLinkToken(token, 'unsubscribe', box)).toEqual({
      ...{ purpose: 'unsubscribe', messageId: facts.id, accountId: facts.accountId, stream: 'broadcast' },
      ...{ recipientNumber: 3, recipient: 'Alice@r.example' },
    });
    expect(await fields.fieldsFor(facts, to('Alice@r.example', 3))).toBe(text);
    expect(await fields.fieldsFor(facts, to('alice@r.example', 3))).not.toBe(text);
  });

  it('name an address by mail only where mail to it arrives', async () => {
    const of = async (parts: Parameters<typeof fieldsWith>[0]) =>
      await fieldsWith({ linksTo: 'https://mail.example', ...parts }).fieldsFor(facts, to('a@r.example'));
    expect(await of({ takesMail: true })).toContain('mailto:unsubscribe@bounces.shop.example?subject=');
    expect(await of({})).not.toContain('mailto:');
    expect(await of({ takesMail: true, mx: 'missing' })).not.toContain('mailto:');
    expect(await of({ takesMail: true, known: false })).not.toContain('mailto:');
    expect(await fieldsWith({ takesMail: true, mx: 'missing' }).fieldsFor(facts, to('a@r.example'))).toBe('');
  });
});

describe('a message with fields for each recipient', () => {
  const recipientFields = {
    fieldsFor: (_facts: MessageFacts, { recipient }: { recipient: string }) =>
      Promise.resolve(`For: ${recipient}\r\n`),
  };
  const sign = (_facts: MessageFacts, header: Uint8Array) =>
    Promise.resolve(Buffer.from(`Signed: ${Buffer.from(header).toString().replaceAll('\r\n', '|')}\r\n`));

  it('is signed over them for each, and says its size with both', async () => {
    const source = new MessageSource(facts, 1, undefined, {
      reader: new CountedReader(`${HEADER}body`),
      sign,
      recipientFields,
    });
    for (const name of ['a', 'b']) {
      const top = await source.prepare(true, [to(name)]);
      const octets = await octetsOf(source, top);
      expect(octets).toBe(`Signed: For: ${name}|From: <a@shop.example>||\r\nFor: ${name}\r\n${HEADER}body`);
      expect(source.sizeBytesWith(top)).toBe(octets.length);
      source.release();
    }
  });

  it('has them where it is not signed', async () => {
    const source = new MessageSource(facts, 1, undefined, {
      reader: new CountedReader(HEADER, 'body'),
      sign,
      recipientFields,
    });
    expect(await octetsOf(source, await source.prepare(false, [to('a')]))).toBe(`For: a\r\n${HEADER}body`);
  });

  it('goes to one recipient at a time, or not at all', async () => {
    const source = new MessageSource(facts, 1, undefined, {
      reader: new CountedReader(HEADER),
      sign,
      recipientFields,
    });
    await expect(source.prepare(true, [to('a'), to('b')])).rejects.toThrow('that one alone');
  });

  it('of a thousand recipients is read once', async () => {
    const reader = new CountedReader(`${HEADER}b`, 'o', 'dy');
    const source = new MessageSource(facts, 7, undefined, {
      reader: new ChunkCache(reader),
      sign,
      recipientFields,
    });
    for (let recipient = 0; recipient < 1_000; recipient++) {
      const top = await source.prepare(true, [to(`${recipient}`)]);
      expect(await octetsOf(source, top)).toMatch(/body$/);
      source.release();
    }
    expect(reader.reads).toEqual(['7 0', '7 1', '7 2']);
  });
});

describe('chunks that are kept', () => {
  it('are read once, by many at the same time', async () => {
    const reader = new CountedReader('one');
    const cache = new ChunkCache(reader);
    await Promise.all(Array.from({ length: 20 }, () => cache.readChunk(1, 0)));
    expect(reader.reads).toEqual(['1 0']);
  });

  it('are bounded in octets: those of the message used longest ago go first', async () => {
    const reader = new CountedReader('12345', '67890');
    const cache = new ChunkCache(reader, 20);
    for (const id of [1, 2]) for (const index of [0, 1]) await cache.readChunk(id, index);
    expect(cache.sizeBytes).toBe(20);
    await cache.readChunk(1, 0);
    await cache.readChunk(3, 0);
    expect(cache.sizeBytes).toBe(20);
    reader.reads.length = 0;
    await cache.readChunk(1, 1);
    await cache.readChunk(2, 0);
    expect(reader.reads).toEqual(['2 0']);
  });

  it('are gone with their message, also what was being read', async () => {
    const cache = new ChunkCache(new CountedReader('12345', '67890'));
    await cache.readChunk(1, 0);
    const reading = cache.readChunk(1, 1);
    cache.forget(1);
    await reading;
    expect(cache.sizeBytes).toBe(0);
  });

  it('do not remember a failure', async () => {
    const cache = new ChunkCache(new CountedReader());
    await expect(cache.readChunk(1, 0)).rejects.toThrow('gone');
    await expect(cache.readChunk(1, 0)).rejects.toThrow('gone');
    expect(cache.sizeBytes).toBe(0);
  });
});
