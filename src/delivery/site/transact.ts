/**
 * Sends one entry to a host, under the watch, and returns the result; it decides nothing. Never rejects: failures on this
 * side are results too, and so is a transaction beyond the sum of its time limits.
 */
import type { Attempt } from '../attempt/attempt.ts';
import { shortened } from '../attempt/attempt.ts';
import type { QueueEntry } from '../destination/queue-entry.ts';
import { areOfToday, namesOf } from '../route/egress.ts';
import { localTrouble } from '../content/local-trouble.ts';
import { OVERDUE } from './open-session.ts';
import type { SiteOptions } from './site-options.ts';
import { stopwatch, type Measured } from './stopwatch.ts';
import type { MessageFacts } from '../../store/message-records.ts';
import type { ClientSession, LocalObstacle, OutboundTransaction } from '../../smtp/client/session.ts';
import { sessionLimits } from '../../smtp/client/session-limits.ts';
import { longestTransactionMs } from '../../smtp/client/timeouts.ts';

/** To the watch. */
export const TRANSACTION = 'a transaction';

type Options = Pick<SiteOptions, 'clock' | 'watch' | 'timeouts' | 'reversePathFor' | 'health'>;

export function transact(session: ClientSession, entry: QueueEntry, options: Options): Promise<Attempt> {
  const measured = stopwatch(options.clock);
  const recipients = entry.deliveries.length;
  return options.watch.run(handOver(session, entry, options, measured), {
    what: TRANSACTION,
    host: session.remote.host,
    of: { destination: entry.destination.name },
    waitsFor: () => session.waitsFor,
    longestMs: longestTransactionMs(options.timeouts, { recipients, sizeBytes: entry.facts.sizeBytes }),
    breakOff: () => session.destroy(),
    instead: () => overdue(session, entry, measured()),
  });
}

async function handOver(
  session: ClientSession,
  entry: QueueEntry,
  { reversePathFor, health, clock }: Options,
  measured: () => Measured,
): Promise<Attempt> {
  const { facts, source } = entry;
  const signed = entry.egress.dkim;
  const isOurs = health.watchLease(entry.life);
  const obstacle = (): LocalObstacle | undefined => {
    if (!isOurs()) return LEASE_OVER;
    return areOfToday(entry.egress, clock) ? undefined : DAY_OVER;
  };
  const reused = session.transactions > 0;
  const { rcptMax } = sessionLimits(session);
  const forwardPaths =
    entry.deliveries.length > rcptMax ? entry.deliveries.slice(0, rcptMax) : entry.deliveries;
  const done = (result: Attempt['result']): Attempt => {
    const { atMs, durationMs } = measured();
    return {
      atMs,
      durationMs,
      result,
      remote: session.remote,
      tls: session.tls,
      tlsFailure: session.tlsFailure === undefined ? undefined : shortened(session.tlsFailure),
      reused,
      way: namesOf(entry.egress),
      remoteSendsDsns: session.extensions.has('DSN'),
      ...(forwardPaths !== entry.deliveries && { left: entry.deliveries.length - forwardPaths.length }),
    };
  };
  if (facts.requireTls && session.tls === undefined)
    return done({
      kind: 'unsendable',
      status: '5.7.10',
      text: 'the message requires TLS and the host offers none',
    });
  try {
    const top = await source.prepare(signed, entry.deliveries);
    const reversePath = await reversePathFor(facts, entry.destination.name);
    const before = obstacle();
    if (before !== undefined) return done({ kind: 'unready', ...before });
    return done(
      await session.transact({
        reversePath,
        forwardPaths,
        bodyType: facts.bodyType,
        smtpUtf8: facts.smtpUtf8,
        requireTls: facts.requireTls,
        dsnReturn: facts.dsnReturn,
        envelopeId: facts.envelopeId,
        priority: facts.priority,
        deliverBy: deliverByOf(facts, clock.now()),
        sizeBytes: source.sizeBytesWith(top),
        content: () => source.chunks(top),
        mayEnd: obstacle,
      }),
    );
  } catch (error) {
    return done({ kind: 'unready', ...localTrouble(error) });
  } finally {
    source.release();
  }
}

/** What is left of the time; where none is, a message that is to be returned is given up before. */
function deliverByOf({ deliverBy }: MessageFacts, nowMs: number): OutboundTransaction['deliverBy'] {
  if (deliverBy === undefined) return undefined;
  const { atMs, mode, trace } = deliverBy;
  const seconds = Math.floor((atMs - nowMs) / 1000);
  return { seconds: mode === 'return' ? Math.max(1, seconds) : seconds, mode, trace };
}

const LEASE_OVER: LocalObstacle = {
  text: 'the lease of this node was over: another node may be at it',
  localClass: 'local-store',
};
/** A ceiling holds for the day on which the remote is given the message. */
const DAY_OVER: LocalObstacle = {
  text: 'the day was over whose warm-up ceiling had room for it',
  localClass: 'local-limit',
};

/** Whether the remote has the message is not known. */
function overdue(session: ClientSession, entry: QueueEntry, { atMs, durationMs }: Measured): Attempt {
  return {
    atMs,
    durationMs,
    remote: session.remote,
    tls: session.tls,
    reused: session.transactions > 0,
    remoteSendsDsns: false,
    way: namesOf(entry.egress),
    result: {
      kind: 'lost',
      stage: 'final',
      text: OVERDUE,
      reply: undefined,
      replies: entry.deliveries.map(() => undefined),
      afterFinalDot: true,
      stale: false,
      localClass: 'local-fault',
    },
  };
}
