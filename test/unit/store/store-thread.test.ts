/** The boundary of the store's thread: what crosses it, and what happens when the other side is gone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StoreError } from '../../../src/store/errors.ts';
import type { Requests } from '../../../src/store/thread/port-protocol.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import type { StoreThread } from '../../../src/store/thread/thread.ts';
import { connectStore, startStoreThread } from '../../../src/store/thread/thread.ts';
import { eventually } from '../../support/eventually.ts';
import type { Store } from '../../../src/store/store.ts';
import { newMessage } from '../../conformance/store/fixtures.ts';

describe('store thread', () => {
  let dataDir: string;
  let failures: StoreError[];
  let threads: StoreThread[];

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'postern-thread-'));
    failures = [];
    threads = [];
  });
  afterEach(async () => {
    for (const thread of threads) await thread.stop();
    rmSync(dataDir, { recursive: true });
  });

  const start = async () => {
    const thread = await startStoreThread({
      place: { kind: 'sqlite', dataDir },
      reserveBytes: 0,
      log: { level: 'error', format: 'text' },
      onFailure: (error) => void failures.push(error),
    });
    threads.push(thread);
    return thread;
  };
  const message = async () => {
    const reader = openSqliteReader(dataDir);
    try {
      return await newMessage({ directory: reader } as unknown as Store);
    } finally {
      reader.close();
    }
  };

  test('refuses to start with the error of the store', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'locked' });
    expect(failures).toEqual([]);
  });

  test('errors cross as StoreError with their code', async () => {
    const { spool, directory } = connectStore((await start()).connect());
    await expect(directory.removeDomain('none.example', 1, 'test')).rejects.toMatchObject({
      name: 'Error',
      code: 'not-found',
      message: 'there is no domain none.example',
    });
    await expect(spool.accept({ ...(await message()), deliveries: [] })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('a content in a buffer of its own is transferred, a pooled one is copied', async () => {
    const { spool } = connectStore((await start()).connect());
    const own = new TextEncoder().encode('Subject: x\r\n\r\n');
    await spool.accept({ ...(await message()), content: { kind: 'whole', bytes: own } });
    expect(own.byteLength).toBe(0);
    const pooled = Buffer.from('Subject: y\r\n\r\n');
    expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.byteLength);
    await spool.accept({ ...(await message()), content: { kind: 'whole', bytes: pooled } });
    expect(pooled.toString()).toBe('Subject: y\r\n\r\n');
  });

  test('the calls of one turn cross as one message', async () => {
    const { port1, port2 } = new MessageChannel();
    const requests: Requests[] = [];
    port1.on('message', (received: Requests) => requests.push(received));
    const connection = connectStore(port2);
    const calls = Promise.allSettled(
      [1, 2, 3].map((index) => connection.spool.putChunk(`u${index}`, 0, new Uint8Array(10))),
    );
    await eventually(() => requests.length > 0);
    expect(requests.map((request) => request.calls.map(({ verb, args }) => [verb, args[0]]))).toEqual([
      [
        ['putChunk', 'u1'],
        ['putChunk', 'u2'],
        ['putChunk', 'u3'],
      ],
    ]);
    connection.close();
    for (const result of await calls)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'closed' } });
    port1.close();
  });

  test('too much content on its way is refused at once', async () => {
    const { port1, port2 } = new MessageChannel();
    const connection = connectStore(port2);
    const put = () => connection.spool.putChunk('u', 0, new Uint8Array(40 * 1024 * 1024));
    const waiting = Promise.allSettled([put(), put()]);
    await expect(put()).rejects.toMatchObject({ code: 'busy' });
    connection.close();
    await waiting;
    port1.close();
  });

  test('the death of the thread fails what is pending, once, and everything later', async () => {
    const thread = await start();
    const port = thread.connect();
    const { spool } = connectStore(port);
    await spool.accept(await message());
    // Not a request: the thread dies of it as it would of a bug.
    port.postMessage(null);
    const pending = [spool.accept(await message()), spool.abandonUpload('x')];
    for (const result of await Promise.allSettled(pending)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'failed' } });
    }
    await eventually(() => failures.length > 0);
    expect(failures).toMatchObject([{ code: 'failed' }]);
    await expect(spool.accept(await message())).rejects.toMatchObject({ code: 'failed' });
  });

  test('stopping finishes what was asked and then refuses', async () => {
    const thread = await start();
    const { spool } = connectStore(thread.connect());
    const accepted = spool.accept(await message());
    await new Promise((resolve) => setImmediate(resolve));
    await thread.stop();
    await accepted;
    await expect(spool.accept(await message())).rejects.toMatchObject({ code: 'closed' });
    expect(failures).toEqual([]);
    await thread.stop();
  });

  test('a port works in another thread', async () => {
    const thread = await start();
    const port = thread.connect();
    const connectUrl = new URL('../../../src/store/thread/connect-store.ts', import.meta.url).href;
    const worker = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads');
       import(workerData.connectUrl).then(async ({ connectStore }) => {
         const connection = connectStore(workerData.port);
         await connection.directory.addAccount({ id: 'acc_x', name: 'x', createdAtMs: 1 }, 'test');
         connection.close();
         parentPort.postMessage('done');
       });`,
      { eval: true, workerData: { port, connectUrl }, transferList: [port] },
    );
    expect(await new Promise((resolve) => worker.once('message', resolve))).toBe('done');
    await worker.terminate();
    const reader = openSqliteReader(dataDir);
    expect(await reader.accountByName('x')).toBeDefined();
    reader.close();
  });
});
