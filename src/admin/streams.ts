/** Streams of an account: their names stand in headers, URLs and `--stream` options. */
import type { DirectoryReader } from '../store/directory.ts';
import { StoreError } from '../store/errors.ts';
import type { Account, Stream } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { conflict, invalid, isRefusal, nothingToChange, type AdminRefusal } from './refusal.ts';
import { termsWith, type StreamTermsInput } from './stream-terms.ts';
import { refuseOperatorAccount } from './tenant.ts';

/** `account` is how the scope of a whole account is written. */
export const STREAM_NAME = /^(?!account$)[a-z0-9][a-z0-9_-]{0,63}$/;
export const STREAM_KINDS = ['transactional', 'broadcast'] as const satisfies readonly Stream['kind'][];
/** Of mail for which nobody names one. */
export const DEFAULT_STREAM = 'transactional';
/** That an API key may add up to; acceptance goes through them. */
const MOST_STREAMS = 100;

type Context = With<'reader' | 'directory' | 'config' | 'clock' | 'holder'>;

export type NewStreamInput = Pick<Stream, 'accountId' | 'name' | 'kind'> & {
  readonly terms?: StreamTermsInput;
};

/** Durable when it resolves to the stream. */
export async function addStream(
  { accountId, name, kind, terms: input = {} }: NewStreamInput,
  context: Context,
): Promise<Stream | AdminRefusal> {
  const { reader, directory, clock, actor, holder } = context;
  const refusal = refuseOperatorAccount(accountId, 'streams of its own');
  if (refusal !== undefined) return refusal;
  if (!STREAM_NAME.test(name))
    return invalid(
      'name',
      `${name} cannot be the name of a stream`,
      'use lower-case letters, digits, - and _: newsletter',
    );
  const terms = termsWith({}, input, context);
  if (isRefusal(terms)) return terms;
  const streams = await reader.listStreams(accountId);
  const taken = conflict(`there is a stream ${name} already`, 'name');
  if (streams.some((one) => one.name === name)) return taken;
  if (holder !== undefined && streams.length >= MOST_STREAMS)
    return conflict(`the account has ${MOST_STREAMS} streams, the most that a key may add`);
  const same = subdomainTaken(terms.subdomain, name, streams);
  if (same !== undefined) return same;
  const stream = { accountId, name, kind, ...terms, createdAtMs: clock.now() };
  try {
    await directory.addStream(stream, actor);
    return stream;
  } catch (error) {
    // Somebody was quicker.
    if (error instanceof StoreError && error.code === 'conflict') return taken;
    throw error;
  }
}

/** `kind`: absent, it stays. Durable when it resolves to the stream as it is from then on; it counts within a second. */
export async function changeStream(
  { accountId, name }: Pick<Stream, 'accountId' | 'name'>,
  { kind, ...input }: StreamTermsInput & { readonly kind?: Stream['kind'] },
  context: Context,
): Promise<Stream | AdminRefusal> {
  const { reader, directory, clock, actor } = context;
  if (kind === undefined && Object.keys(input).length === 0) return nothingToChange();
  const streams = await reader.listStreams(accountId);
  const before = streams.find((one) => one.name === name);
  if (before === undefined) return noStream(name, streams);
  if (kind !== undefined && kind !== before.kind && isBuiltIn(name))
    return conflict(`the stream ${name} is ${before.kind} in every account`, 'kind');
  const terms = termsWith(before, input, context);
  if (isRefusal(terms)) return terms;
  const same = subdomainTaken(terms.subdomain, name, streams);
  if (same !== undefined) return same;
  const { createdAtMs } = before;
  const stream = { accountId, name, kind: kind ?? before.kind, createdAtMs, ...terms };
  try {
    await directory.changeStream(stream, clock.now(), actor);
    return stream;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return noStream(name, streams);
    throw error;
  }
}

/** Its suppressions stay, for a stream of the same name; mail that waits goes on. Durable when it resolves. */
export async function removeStream(
  { accountId, name }: Pick<Stream, 'accountId' | 'name'>,
  { reader, directory, clock, actor }: Context,
): Promise<{ readonly name: string } | AdminRefusal> {
  if (isBuiltIn(name)) return conflict(`the stream ${name} is in every account, and stays`);
  try {
    await directory.removeStream(accountId, name, clock.now(), actor);
    return { name };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'conflict') return conflict(error.message);
    if (error.code === 'not-found') return noStream(name, await reader.listStreams(accountId));
    throw error;
  }
}

/** Why `name` cannot be meant by the field `stream`: the account has none of that name. */
export async function unknownStream(
  accountId: string,
  name: string,
  reader: Pick<DirectoryReader, 'streamByName' | 'listStreams'>,
): Promise<AdminRefusal | undefined> {
  if ((await reader.streamByName(accountId, name)) !== undefined) return undefined;
  return { ...noStream(name, await reader.listStreams(accountId)), field: 'stream' };
}

/** The stream of that name, or why there is none. */
export async function findStream(
  { id }: Pick<Account, 'id'>,
  name: string,
  reader: Pick<DirectoryReader, 'streamByName' | 'listStreams'>,
): Promise<Stream | AdminRefusal> {
  return (await reader.streamByName(id, name)) ?? noStream(name, await reader.listStreams(id));
}

function noStream(name: string, streams: readonly Stream[]): AdminRefusal {
  return {
    refused: 'not-found',
    field: undefined,
    problem: `there is no stream ${name}`,
    remedy: `accepted: ${streams.map((stream) => stream.name).join(', ')}`,
  };
}

function isBuiltIn(name: string): boolean {
  return STREAM_KINDS.some((kind) => kind === name);
}

/** Mail from a subdomain is of one stream. */
function subdomainTaken(
  subdomain: string | undefined,
  name: string,
  streams: readonly Stream[],
): AdminRefusal | undefined {
  if (subdomain === undefined) return undefined;
  const other = streams.find((one) => one.name !== name && one.subdomain === subdomain);
  return other && conflict(`mail from ${subdomain} is of the stream ${other.name}`, 'subdomain');
}
