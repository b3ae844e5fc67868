/**
 * The two steps of an attempt, to open a session and to hand over a parcel, under the watch: each ends within what its
 * time limits add up to, with a result like any other, whatever is wrong on this side.
 */
import type { AttemptRecord } from '../../store/records.ts';
import { openSession, transact, type Attempt, type OpenedSession } from './attempt.ts';
import type { Parcel } from '../claims/parcel.ts';
import type { SiteHosts } from './site-hosts.ts';
import type { SitePorts } from './site-ports.ts';
import type { RemoteAddress, SmtpSession } from '../../smtp/client/session.ts';
import { longestOpeningMs, longestTransactionMs } from '../../smtp/client/timeouts.ts';

type Ports = Pick<
  SitePorts,
  'clock' | 'random' | 'limits' | 'port' | 'connect' | 'abandon' | 'watch' | 'timeouts' | 'reversePathFor'
>;

const OVERDUE = 'given up by this relay, since it took longer than all its time limits together';

export interface Opening {
  readonly hosts: SiteHosts;
  readonly requireTls: boolean;
  /** The parcel that asks the hosts that are left for it; `undefined`: whatever waits, at any. */
  readonly asking: Parcel | undefined;
  /** True: nobody needs the session any more. */
  readonly superfluous: () => boolean;
}

/** Tries the addresses of the hosts in their order. What it finds out about them they remember. */
export function openWatched(
  { hosts, requireTls, asking, superfluous }: Opening,
  ports: Ports,
): Promise<OpenedSession> {
  const { clock, random, limits, port, connect, abandon, watch, timeouts } = ports;
  const nowMs = () => clock.monotonic();
  const limit = limits.addressesPerConnection;
  const remotes = hosts.toTry(asking, { nowMs: nowMs(), random, port, limit });
  const since = now(ports);
  // Not AbortSignal.any: what depends on a signal that lives as long as the process must be let go of.
  const stop = new AbortController();
  const giveUp = () => stop.abort();
  if (abandon.aborted) giveUp();
  abandon.addEventListener('abort', giveUp);
  const opening = openSession(remotes, {
    connect,
    clock,
    requireTls,
    signal: stop.signal,
    inClear: (remote) => hosts.inClear(remote, nowMs()),
    onFailure: (remote) => hosts.failed(remote, nowMs()),
    abandoned: () => superfluous() || stop.signal.aborted,
  }).finally(() => abandon.removeEventListener('abort', giveUp));
  const [first] = remotes;
  return watch.run(opening, {
    what: 'opening a session',
    host: first?.host ?? '',
    longestMs: longestOpeningMs(timeouts, remotes.length),
    breakOff: giveUp,
    instead: () => {
      // Should it come about after all, nobody would use it.
      void opening.then(({ session }) => session?.destroy());
      return { session: undefined, failures: first === undefined ? [] : [overdueOpening(first, since())] };
    },
  });
}

export function transactWatched(session: SmtpSession, parcel: Parcel, ports: Ports): Promise<Attempt> {
  const since = now(ports);
  const recipients = parcel.deliveries.length;
  return ports.watch.run(transact(session, parcel, ports), {
    what: 'a transaction',
    host: session.remote.host,
    longestMs: longestTransactionMs(ports.timeouts, { recipients, sizeBytes: parcel.facts.sizeBytes }),
    breakOff: () => session.destroy(),
    instead: () => overdueAttempt(session, parcel, since()),
  });
}

type When = Pick<Attempt, 'atMs' | 'durationMs'>;

function now({ clock }: Ports): () => When {
  const atMs = clock.now();
  const startedMs = clock.monotonic();
  return () => ({ atMs, durationMs: Math.round(clock.monotonic() - startedMs) });
}

/** Whether the remote has the message is not known. */
function overdueAttempt(session: SmtpSession, parcel: Parcel, when: When): Attempt {
  return {
    ...when,
    remote: session.remote,
    tls: session.tls,
    reused: session.transactions > 0,
    remoteSendsDsns: false,
    result: {
      kind: 'lost',
      stage: 'final',
      text: OVERDUE,
      reply: undefined,
      replies: parcel.deliveries.map(() => undefined),
      afterFinalDot: true,
      stale: false,
      localClass: 'local-fault',
    },
  };
}

function overdueOpening({ host, address }: RemoteAddress, when: When): AttemptRecord {
  return {
    ...when,
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
