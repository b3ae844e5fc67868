/**
 * The two steps of an attempt, to open a session and to hand over a parcel, under the watch: each ends within what its
 * time limits add up to, with a result like any other, whatever is wrong on this side.
 */
import type { AttemptRecord } from '../store/records.ts';
import { openSession, transact, type Attempt, type OpenedSession } from './attempt.ts';
import type { Parcel } from './parcel.ts';
import type { SitePorts } from './site-ports.ts';
import type { RemoteAddress, SmtpSession } from './smtp-session.ts';
import { longestOpeningMs, longestTransactionMs } from './smtp-timeouts.ts';

type Ports = Pick<SitePorts, 'clock' | 'connect' | 'abandon' | 'watch' | 'timeouts' | 'reversePathFor'>;

const OVERDUE = 'given up by this relay, since it took longer than all its time limits together';

export interface Opening {
  readonly requireTls: boolean;
  readonly onFailure: (remote: RemoteAddress) => void;
  /** True: nobody needs the session any more. */
  readonly superfluous: () => boolean;
}

/** Tries `remotes`, at least one, in their order. */
export function openWatched(
  remotes: readonly RemoteAddress[],
  ports: Ports,
  { requireTls, onFailure, superfluous }: Opening,
): Promise<OpenedSession> {
  const { clock, connect, abandon, watch, timeouts } = ports;
  const overdue = new AbortController();
  const since = now(ports);
  const opening = openSession(remotes, {
    connect,
    clock,
    requireTls,
    signal: AbortSignal.any([abandon, overdue.signal]),
    onFailure,
    abandoned: () => superfluous() || abandon.aborted || overdue.signal.aborted,
  });
  const [first] = remotes;
  return watch.run(opening, {
    what: 'opening a session',
    host: first?.host ?? '',
    longestMs: longestOpeningMs(timeouts, remotes.length),
    breakOff: () => overdue.abort(),
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
    remoteSendsDsns: false,
    result: {
      kind: 'lost',
      stage: 'final',
      text: OVERDUE,
      reply: undefined,
      replies: parcel.deliveries.map(() => undefined),
      afterFinalDot: true,
      stale: false,
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
  };
}
