/**
 * Messages between the store's thread and its users. Calls and answers are collected and sent once in a turn of the event
 * loop; content is transferred, not copied; errors are sent as code and message.
 */
import type { Claim } from '../delivery-records.ts';
import type { NewMessage } from '../message-records.ts';
import type { AcceptResult, FeedLimits } from '../spool.ts';
import type { StoreErrorCode } from '../errors.ts';
import type { StoreWrites } from '../store.ts';
import { StoreError } from '../errors.ts';

export interface Call {
  readonly id: number;
  readonly role: keyof StoreWrites;
  readonly verb: string;
  readonly args: readonly unknown[];
}

/** To the store's thread. */
export interface Requests {
  readonly calls: readonly Call[];
  /** Opens the feed on this port. */
  readonly feed: FeedLimits | undefined;
}

export interface PortError {
  readonly code: StoreErrorCode;
  readonly message: string;
  readonly remedy?: string | undefined;
}

export interface Answer {
  readonly id: number;
  readonly error: PortError | undefined;
  readonly value: unknown;
}

/** From the store's thread. */
export interface Responses {
  readonly answers: readonly Answer[];
  readonly claims: readonly Claim[];
  readonly backlogAtMs: number | undefined;
  readonly recalled: readonly number[];
  /** The store was closed: nothing follows. */
  readonly last: boolean;
}

export function toPortError(error: unknown): PortError {
  if (error instanceof StoreError) return { code: error.code, message: error.message, remedy: error.remedy };
  return { code: 'failed', message: error instanceof Error ? error.message : String(error) };
}

export function fromPortError({ code, message, remedy }: PortError): StoreError {
  return new StoreError(code, message, { remedy });
}

/** `bytes` in a buffer of their own, which can be transferred: pooled buffers, and parts of larger ones, are copied. */
export function owned(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

/** `message` with content that can be transferred. */
export function sendable(message: NewMessage, transfer: ArrayBuffer[]): NewMessage {
  const { content } = message;
  if (content.kind !== 'whole') return message;
  const bytes = owned(content.bytes);
  transfer.push(bytes.buffer);
  return bytes === content.bytes ? message : { ...message, content: { kind: 'whole', bytes } };
}

/** Buffers of content that an accept returns. */
export function givenBack({ role, verb }: Pick<Call, 'role' | 'verb'>, value: unknown): ArrayBuffer[] {
  if (role !== 'spool' || (verb !== 'accept' && verb !== 'acceptAll')) return [];
  const result = value as AcceptResult;
  if (result.kind !== 'credential-changed') return [];
  return result.contents.flatMap((content) => (content.kind === 'whole' ? [content.bytes.buffer] : []));
}
