/**
 * The store in another thread: the same roles, over a MessagePort. Calls of one turn of the event loop are sent together.
 * When the store's thread has ended, all pending and later calls reject `failed`.
 */
import type { MessagePort } from 'node:worker_threads';
import { Slots } from '../../platform/slots.ts';
import { StoreError } from '../errors.ts';
import type { SettlementBatch } from '../delivery-records.ts';
import type { NewMessage } from '../message-records.ts';
import type { FeedLimits, FeedListener, Spool } from '../spool.ts';
import { writesOf, type Role, type StoreWrites } from '../store.ts';
import { VERBS } from '../store-verbs.ts';
import type { Call, Requests, Responses } from './port-protocol.ts';
import { fromPortError, owned, sendable } from './port-protocol.ts';

export interface StoreConnection extends StoreWrites {
  /** Ends the connection: pending calls reject `closed`. The store goes on. */
  close(): void;
}

/** Content in transit that the store has not written yet; beyond it accepts and chunks reject `busy` at once. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** `port` comes from {@link StoreThread.connect}, in whatever thread it was passed to. */
export function connectStore(port: MessagePort): StoreConnection {
  const caller = new Caller(port);
  return { ...remoteWrites(caller), spool: remoteSpool(caller), close: () => caller.close() };
}

/** Every changing verb, called in the store's thread under the same name. */
function remoteWrites(caller: Caller): StoreWrites {
  const roles = (Object.keys(VERBS) as Role[]).map((role) => [
    role,
    Object.fromEntries(
      writesOf(role).map((verb) => [
        verb,
        (...args: unknown[]) => caller.call(role as keyof StoreWrites, verb, args, []),
      ]),
    ),
  ]);
  return Object.fromEntries(roles) as StoreWrites;
}

function remoteSpool(caller: Caller): Spool {
  return {
    putChunk(upload, index, bytes) {
      const chunk = owned(bytes);
      return caller.grow('putChunk', [upload, index, chunk], [chunk.buffer], chunk.byteLength);
    },
    accept(message, mark) {
      const transfer: ArrayBuffer[] = [];
      const sent = sendable(message, transfer);
      const args = mark === undefined ? [sent] : [sent, mark];
      return caller.grow('accept', args, transfer, transfer[0]?.byteLength ?? 0);
    },
    acceptAll(messages, mark) {
      const transfer: ArrayBuffer[] = [];
      const args = [messages.map((message) => sendable(message, transfer)), mark];
      const sizeBytes = transfer.reduce((sum, { byteLength }) => sum + byteLength, 0);
      return caller.grow('acceptAll', args, transfer, sizeBytes);
    },
    settle({ nowMs, settlements, dsns }) {
      // Copied, not transferred: when the store refuses, the same batch is sent again. DSNs are few and small.
      const sent: SettlementBatch = {
        nowMs,
        settlements,
        dsns: dsns.map((dsn: NewMessage) => sendable(dsn, [])),
      };
      return caller.call('spool', 'settle', [sent], []);
    },
    abandonUpload: (upload) => caller.call('spool', 'abandonUpload', [upload], []),
    claim: (request) => caller.call('spool', 'claim', [request], []),
    claimOverdue: (nowMs, limit) => caller.call('spool', 'claimOverdue', [nowMs, limit], []),
    blockDestinations: (blocks) => caller.call('spool', 'blockDestinations', [blocks], []),
    openFeed: (limits, listener) => caller.openFeed(limits, listener),
  };
}

interface Pending {
  /** The id of the call. */
  readonly slot: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
  readonly sizeBytes: number;
}

class Caller {
  readonly #port: MessagePort;
  readonly #pending = new Slots<Pending>();
  #calls: Call[] = [];
  #transfer: ArrayBuffer[] = [];
  #feed: FeedLimits | undefined;
  #listener: FeedListener | undefined;
  #scheduled = false;
  #pendingBytes = 0;
  #ended: StoreError | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (responses: Responses) => this.#receive(responses));
    port.on('close', () => this.#end(new StoreError('failed', 'the store thread ended')));
  }

  /** Resolves with the result of the verb in the store's thread; the roles' types describe it. */
  call<T>(
    role: keyof StoreWrites,
    verb: string,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[],
    sizeBytes = 0,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const { slot: id } = this.#pending.add((slot) => ({
        slot,
        resolve: resolve as (value: unknown) => void,
        reject,
        sizeBytes,
      }));
      this.#pendingBytes += sizeBytes;
      this.#calls.push({ id, role, verb, args });
      if (transfer.length > 0) this.#transfer.push(...transfer);
      this.#schedule();
    });
  }

  /** A call of the spool with content. */
  grow<T>(
    verb: string,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[],
    sizeBytes: number,
  ): Promise<T> {
    if (this.#pendingBytes > MAX_PENDING_BYTES) {
      return Promise.reject(
        new StoreError('busy', 'the store is behind with writing: too much content waits'),
      );
    }
    return this.call('spool', verb, args, transfer, sizeBytes);
  }

  openFeed(limits: FeedLimits, listener: FeedListener): void {
    this.#feed = limits;
    this.#listener = listener;
    this.#schedule();
  }

  close(): void {
    this.#end(new StoreError('closed', 'the connection to the store is closed'));
    this.#port.close();
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => this.#send());
  }

  #send(): void {
    this.#scheduled = false;
    const requests: Requests = { calls: this.#calls, feed: this.#feed };
    const transfer = this.#transfer;
    this.#calls = [];
    this.#transfer = [];
    this.#feed = undefined;
    this.#port.postMessage(requests, transfer);
  }

  #receive({ answers, claims, backlogAtMs, recalled, last }: Responses): void {
    // The feed first: delivery receives a claim before its acceptor can ask about it.
    if (claims.length > 0) this.#listener?.onClaims(claims);
    if (backlogAtMs !== undefined) this.#listener?.onBacklog(backlogAtMs);
    if (recalled.length > 0) this.#listener?.onRecall(recalled);
    for (const { id, error, value } of answers) {
      const pending = this.#pending.get(id);
      if (pending === undefined) continue;
      this.#pending.delete(pending);
      this.#pendingBytes -= pending.sizeBytes;
      if (error === undefined) pending.resolve(value);
      else pending.reject(fromPortError(error));
    }
    if (last) this.#end(new StoreError('closed', 'the store is closed'));
  }

  #end(error: StoreError): void {
    this.#ended ??= error;
    for (const pending of this.#pending) {
      this.#pending.delete(pending);
      pending.reject(this.#ended);
    }
    this.#calls = [];
    this.#transfer = [];
  }
}
