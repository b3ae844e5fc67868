/**
 * Connects to an MX host or a smart host up to the point of MAIL, in clear at the second try where TLS may be missing. The
 * remote, and a hop before it, may be broken or hostile: every wait is bounded, and nothing they do makes this throw. RFC
 * 5321 §3.1-3.2, RFC 7435 (opportunistic security), docs/adr/0001-own-smtp-client.md.
 */
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { failure, failureHere } from './connect-failure.ts';
import { dial, reach, unfit } from './dial.ts';
import { establishSession, type TlsFailure } from './opening.ts';
import type {
  Connect,
  ConnectFailure,
  ConnectRequest,
  ConnectResult,
  ConnectSource,
  RemoteAddress,
} from './session.ts';
import { defaultTimeouts, type SmtpTimeouts } from './timeouts.ts';
import { createTlsOptions, type TlsOptions } from './tls-options.ts';
import { inClear, tlsPlanOf, type TlsPlan } from './tls-plan.ts';
import { SmtpWire } from './wire.ts';

export interface ConnectOptions {
  /** The name in EHLO, read at each connection. RFC 5321 §4.1.1.1. */
  readonly hostname: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly timeouts?: Partial<SmtpTimeouts>;
  readonly tls?: {
    /** False: never use STARTTLS. Default true. */
    readonly use?: boolean;
    /** PEM certificates to trust where a certificate must verify; default: Node.js's. */
    readonly ca?: readonly string[];
  };
}

interface Context {
  readonly hostname: string;
  readonly clock: Clock;
  readonly timeouts: SmtpTimeouts;
  readonly tlsOptions: TlsOptions;
}

export function createConnect(options: ConnectOptions): Connect {
  const usual: Context = {
    get hostname() {
      return options.hostname;
    },
    clock: options.clock,
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    tlsOptions: createTlsOptions(options.tls?.ca),
  };
  const starttls = options.tls?.use ?? true;
  const { log } = options;
  return async (remote, request) => {
    const { requireTls, connectMs, tlsFailedBefore, smartHost, source } = request;
    const context: Context =
      connectMs === undefined && source === undefined
        ? usual
        : {
            ...usual,
            hostname: source?.hostname ?? usual.hostname,
            timeouts: { ...usual.timeouts, ...(connectMs !== undefined && { connectMs }) },
          };
    const plan = tlsPlanOf({ requireTls, mode: smartHost?.tls, failedBefore: tlsFailedBefore, starttls });
    const first = await open(context, remote, request, plan);
    if (first.kind !== 'tls-failed') return first;
    log.info('tls failed', { host: remote.host, address: remote.address, reason: first.text });
    if (plan.strength !== 'lenient') return failure('starttls', first.text);
    const second = await open(context, remote, request, inClear(first.text));
    if (second.kind === 'tls-failed') return failure('starttls', second.text);
    return second.kind === 'failed' ? { ...second, tlsFailure: first.text } : second;
  };
}

async function open(
  { clock, hostname, timeouts, tlsOptions }: Context,
  remote: RemoteAddress,
  request: ConnectRequest,
  plan: TlsPlan,
): Promise<ConnectResult | TlsFailure> {
  const { signal, source } = request;
  const aborted = () => signal?.aborted === true;
  if (aborted()) return failure('connect', 'aborted');
  const obstacle = source && (unfit(remote, source) ?? unusable(tlsOptions, source));
  if (obstacle !== undefined) return obstacle;
  const wire = new SmtpWire(dial(remote, source), { clock, shortestWaitMs: shortest(timeouts) });
  const abort = () => wire.destroy('aborted');
  signal?.addEventListener('abort', abort);
  try {
    wire.expectReply('the greeting');
    request.onConnecting?.(() => wire.waitsFor);
    const result =
      (await reach(wire, remote, source, { clock, connectMs: timeouts.connectMs })) ??
      (await establishSession({ wire, remote, hostname, timeouts, plan, tlsOptions, request }));
    return aborted() ? failure('connect', 'aborted') : result;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function unusable(tlsOptions: TlsOptions, { clientCertificate }: ConnectSource): ConnectFailure | undefined {
  const problem = clientCertificate && tlsOptions.problemOf(clientCertificate);
  return problem === undefined ? undefined : failureHere(problem);
}

function shortest(timeouts: SmtpTimeouts): number {
  return Math.min(...(Object.values(timeouts) as number[]));
}
