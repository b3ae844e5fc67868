/**
 * Opens a session to one of the hosts of a site, under the watch: one address after the other until a host accepts EHLO.
 * Ends within the sum of its time limits, with a result like any other, whatever fails on this side. RFC 5321 §5.1.
 */
import type { AttemptRecord } from '../../store/delivery-records.ts';
import { relayFailure } from '../../policy/egress/refused-way.ts';
import type { SmartHost } from '../../policy/egress/route-rules.ts';
import type { Source } from '../../policy/egress/source.ts';
import { recordWithoutHost, shortened } from '../attempt/attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { connectSource, namesOf, type Egress } from '../route/egress.ts';
import type { Route } from '../route/routes.ts';
import type { SiteHosts } from './site-hosts.ts';
import type { SiteOptions } from './site-options.ts';
import { stopwatch, type Measured } from './stopwatch.ts';
import type {
  ClientSession,
  Connect,
  ConnectFailure,
  ConnectRequest,
  RemoteAddress,
  RemoteWait,
} from '../../smtp/client/session.ts';
import { longestOpeningMs } from '../../smtp/client/timeouts.ts';

type Options = Pick<
  SiteOptions,
  'clock' | 'random' | 'limits' | 'port' | 'connect' | 'shutdown' | 'watch' | 'timeouts' | 'findSmartHost'
>;

export interface Opening {
  /** The site's key. */
  readonly site: string;
  readonly hosts: SiteHosts;
  readonly requireTls: boolean;
  readonly egress: Egress;
  /** The entry that tries its remaining hosts; `undefined`: any entry, at any host. */
  readonly asking: QueueEntry | undefined;
  /** True: the session is no longer needed. */
  readonly superfluous: () => boolean;
  /** A limit allows a try at a further address; it counts then. */
  readonly mayTryAnother: () => Promise<boolean>;
}

export interface OpenedSession {
  /** `undefined` when no address led to a session. */
  readonly session: ClientSession | undefined;
  /** The tries that failed, in order; at least one when there is no session. */
  readonly failures: readonly AttemptRecord[];
}

/** For the log and the trace, where a limit that should have held did not. */
export const OVERDUE = 'given up by this relay, since it took longer than all its time limits together';

/**
 * How long one address may take to connect while there is another to try: a path that leads nowhere (IPv6 on a network
 * that does not route it) must not hold up the mail for the usual half minute.
 */
const IMPATIENT_MS = 5_000;
/** Of the addresses of a smart host: each question has its time-out. */
const LONGEST_LOOK_UP_MS = 600_000;
const ENDED_AT_ONCE: ConnectFailure = {
  kind: 'failed',
  stage: 'ehlo',
  reply: undefined,
  text: 'the remote ended the session as soon as it stood',
};

/** To MX hosts, or to the smart host of the route, whose addresses are looked up first. */
export async function openSession(opening: Opening, options: Options): Promise<OpenedSession> {
  const { smartHost } = opening.egress;
  if (smartHost === undefined) return open(opening, options);
  const measured = stopwatch(options.clock);
  const route = await options.watch.run(options.findSmartHost(smartHost), {
    what: 'a look-up',
    host: smartHost.host,
    of: { site: opening.site },
    longestMs: LONGEST_LOOK_UP_MS,
    breakOff: () => undefined,
    instead: (): Route => ({ kind: 'unknown', text: OVERDUE }),
  });
  if (route.kind !== 'hosts')
    return { session: undefined, failures: [withoutHost('dns', route.text, opening, measured())] };
  opening.hosts.replace(route.hosts);
  return open(opening, options);
}

/** Tries the addresses of the hosts in their order. What it finds out about them they remember. */
function open(
  { site, hosts, requireTls, egress, asking, superfluous, mayTryAnother }: Opening,
  options: Options,
): Promise<OpenedSession> {
  const { clock, random, limits, connect, shutdown, watch, timeouts } = options;
  const port = egress.smartHost?.port ?? options.port;
  const nowMs = () => clock.monotonic();
  const limit = limits.addressesPerConnection;
  const { source } = egress;
  const mayReach = source && ((address: string) => connectSource(source, address) !== undefined);
  const remotes = hosts.toTry(asking, { nowMs: nowMs(), random, port, limit, mayReach });
  const measured = stopwatch(clock);
  if (remotes.length === 0 && source !== undefined)
    return Promise.resolve({ session: undefined, failures: [outOfReach(source, egress, measured())] });
  // Not AbortSignal.any: what depends on a signal that lives as long as the process must be let go of.
  const stop = new AbortController();
  const giveUp = () => stop.abort();
  if (shutdown.abandoned.aborted) giveUp();
  shutdown.abandoned.addEventListener('abort', giveUp);
  let waitsFor: (() => RemoteWait | undefined) | undefined;
  const onConnecting = (of: () => RemoteWait | undefined) => void (waitsFor = of);
  const opening = tryEach(remotes, {
    connect: (remote, request) =>
      connect(remote, { ...request, ...leaving(egress, remote, request.requireTls), onConnecting }),
    clock,
    requireTls,
    egress,
    signal: stop.signal,
    inClear: (remote) => hosts.inClear(remote, nowMs()),
    onFailure: (remote) => hosts.failed(remote, nowMs()),
    abandoned: () => superfluous() || stop.signal.aborted,
    mayTryAnother,
  }).finally(() => shutdown.abandoned.removeEventListener('abort', giveUp));
  const [first] = remotes;
  return watch.run(opening, {
    what: 'opening a session',
    host: first?.host ?? '',
    of: { site },
    waitsFor: () => waitsFor?.(),
    longestMs: longestOpeningMs(timeouts, remotes.length),
    breakOff: giveUp,
    instead: () => {
      // If it succeeded after all, it would be unused.
      void opening.then(({ session }) => session?.destroy());
      return { session: undefined, failures: first === undefined ? [] : [overdue(first, measured())] };
    },
  });
}

/** What a request to connect has beside that of mail that leaves from the system's address to an MX host. */
function leaving(
  { source, smartHost }: Egress,
  remote: RemoteAddress,
  requireTls: boolean,
): Partial<ConnectRequest> {
  return {
    ...(source && { source: connectSource(source, remote.address) }),
    ...(smartHost && { smartHost: { tls: leastTls(smartHost, requireTls), login: smartHost.login } }),
  };
}

/** A message that requires TLS has it on every hop, whatever the route would do with. RFC 8689 §2. */
function leastTls({ tls }: SmartHost, requireTls: boolean): SmartHost['tls'] {
  return requireTls && tls !== 'implicit' ? 'verify' : tls;
}

async function tryEach(
  remotes: readonly RemoteAddress[],
  options: Pick<Options, 'clock'> & {
    readonly connect: Connect;
    readonly requireTls: boolean;
    readonly egress: Egress;
    readonly signal: AbortSignal;
    /** Why a host is spoken to in clear, where TLS is not required. */
    readonly inClear: (remote: RemoteAddress) => string | undefined;
    readonly onFailure: (remote: RemoteAddress) => void;
    /** True: give up, the session is no longer needed. */
    readonly abandoned: () => boolean;
    readonly mayTryAnother: Opening['mayTryAnother'];
  },
): Promise<OpenedSession> {
  const failures: AttemptRecord[] = [];
  for (const [index, remote] of remotes.entries()) {
    const measured = stopwatch(options.clock);
    const { connect, requireTls, signal } = options;
    const another = index + 1 < remotes.length;
    const { smartHost } = options.egress;
    const mayClear = !requireTls && (smartHost === undefined || smartHost.tls === 'may');
    const tlsFailedBefore = mayClear ? options.inClear(remote) : undefined;
    const result = await connect(remote, {
      requireTls,
      signal,
      ...(another && { connectMs: IMPATIENT_MS }),
      ...(tlsFailedBefore !== undefined && { tlsFailedBefore }),
    });
    // One that has already ended is no session: it would never work, and its end would not be noticed.
    if (result.kind === 'connected' && result.session.usable) return { session: result.session, failures };
    options.onFailure(remote);
    const failure = result.kind === 'failed' ? result : ENDED_AT_ONCE;
    failures.push({
      ...failureRecord(remote, failure, tlsFailedBefore, measured()),
      ...ofWay(options.egress, failure.stage),
      ...(failure.localClass !== undefined && { localClass: failure.localClass }),
    });
    if (result.kind === 'connected') result.session.destroy();
    if (options.abandoned() || (another && !(await options.mayTryAnother()))) break;
  }
  return { session: undefined, failures };
}

function failureRecord(
  { host, address }: RemoteAddress,
  { reply, text, stage, tlsFailure: tlsFailedNow }: ConnectFailure,
  tlsFailedBefore: string | undefined,
  { atMs, durationMs }: Measured,
): AttemptRecord {
  const tlsFailure = tlsFailedNow ?? tlsFailedBefore;
  return {
    atMs,
    host,
    address,
    tls: undefined,
    ...(tlsFailure !== undefined && { tlsFailure: shortened(tlsFailure) }),
    replyCode: reply?.code,
    status: reply?.status,
    text: shortened(reply?.text ?? text),
    stage,
    durationMs,
  };
}

/** A smart host is ours, and so is its failure. */
function ofWay(egress: Egress, stage: AttemptRecord['stage']): Partial<AttemptRecord> {
  return {
    ...namesOf(egress),
    ...(egress.smartHost && { localClass: relayFailure(stage) }),
  };
}

function withoutHost(
  stage: AttemptRecord['stage'],
  text: string,
  { egress }: Pick<Opening, 'egress'>,
  { atMs, durationMs }: Measured,
): AttemptRecord {
  const record = recordWithoutHost({ atMs, durationMs, stage, status: undefined, text });
  return { ...record, ...ofWay(egress, stage) };
}

function outOfReach({ name, addresses }: Source, egress: Egress, measured: Measured): AttemptRecord {
  const text = `no host has an address of the family that the source ${name} has (${addresses.join(', ')})`;
  return withoutHost('policy', text, { egress }, measured);
}

function overdue({ host, address }: RemoteAddress, { atMs, durationMs }: Measured): AttemptRecord {
  return {
    atMs,
    durationMs,
    host,
    address,
    tls: undefined,
    replyCode: undefined,
    status: undefined,
    text: OVERDUE,
    stage: 'connect',
    localClass: 'local-fault',
  };
}
