/**
 * Connects to an MX host up to the point of MAIL: greeting, EHLO or HELO, opportunistic STARTTLS. The remote may be
 * broken or hostile: every wait is bounded, and nothing it does makes this throw. RFC 5321 §3.1-3.2, RFC 3207, RFC
 * 7435 (opportunistic security), docs/adr/0001-own-smtp-client.md.
 */
import { connect as netConnect } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { formatReply, type Reply } from '../reply.ts';
import { SocketSession } from './socket-session.ts';
import { replyOf, type RawReply } from './reply-reader.ts';
import type { Connect, ConnectFailure, ConnectResult, RemoteAddress } from './session.ts';
import { defaultTimeouts, type SmtpTimeouts } from './timeouts.ts';
import { createTlsOptions, describeTls, type TlsOptions } from './tls-options.ts';
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

type TlsMode = 'required' | 'opportunistic' | { readonly failedBefore: string };

/** A failed STARTTLS, after which a new connection is needed. */
interface TlsFailure {
  readonly kind: 'tls-failed';
  readonly text: string;
}

export function createConnect(options: ConnectOptions): Connect {
  const usual: Context = {
    get hostname() {
      return options.hostname;
    },
    clock: options.clock,
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    useTls: options.tls?.use ?? true,
    tlsOptions: createTlsOptions(options.tls?.ca),
  };
  const { log } = options;
  return async (remote, { requireTls, signal, connectMs, tlsFailedBefore }) => {
    const context =
      connectMs === undefined ? usual : { ...usual, timeouts: { ...usual.timeouts, connectMs } };
    const opportunistic = tlsFailedBefore === undefined ? 'opportunistic' : { failedBefore: tlsFailedBefore };
    const first = await open(context, remote, requireTls ? 'required' : opportunistic, signal);
    if (first.kind !== 'tls-failed') return first;
    log.info('tls failed', { host: remote.host, address: remote.address, reason: first.text });
    if (requireTls) return failure('starttls', first.text);
    const second = await open(context, remote, { failedBefore: first.text }, signal);
    if (second.kind === 'tls-failed') return failure('starttls', second.text);
    return second.kind === 'failed' ? { ...second, tlsFailure: first.text } : second;
  };
}

interface Context {
  readonly hostname: string;
  readonly clock: Clock;
  readonly timeouts: SmtpTimeouts;
  readonly useTls: boolean;
  readonly tlsOptions: TlsOptions;
}

async function open(
  context: Context,
  remote: RemoteAddress,
  mode: TlsMode,
  signal: AbortSignal | undefined,
): Promise<ConnectResult | TlsFailure> {
  const aborted = () => signal?.aborted === true;
  if (aborted()) return failure('connect', 'aborted');
  const { clock, timeouts } = context;
  const socket = netConnect({
    host: remote.address,
    port: remote.port,
    noDelay: true,
    autoSelectFamily: false,
  });
  const wire = new SmtpWire(socket, { clock, shortestWaitMs: shortest(timeouts) });
  const abort = () => wire.destroy('aborted');
  signal?.addEventListener('abort', abort);
  try {
    const result = await handshake(context, wire, remote, mode);
    return aborted() ? failure('connect', 'aborted') : result;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function handshake(
  context: Context,
  wire: SmtpWire,
  remote: RemoteAddress,
  mode: TlsMode,
): Promise<ConnectResult | TlsFailure> {
  const { timeouts } = context;
  wire.expectReply();
  await wire.connected(timeouts.connectMs);
  if (wire.ended !== undefined) return failure('connect', wire.ended);

  const greeting = await wire.reply(timeouts.greetingMs);
  if (greeting === undefined) return failure('greeting', wire.ended);
  if (greeting.code !== 220) return refused(wire, 'greeting', greeting);
  if (isOver(wire)) return ended(wire, 'greeting');

  let extensions = await hello(context, wire);
  if (!(extensions instanceof Map)) return extensions;

  let tls: string | undefined;
  let tlsFailure = typeof mode === 'object' ? mode.failedBefore : undefined;
  if (typeof mode === 'string' && context.useTls && extensions.has('STARTTLS')) {
    const secured = await startTls(context, wire, remote, mode);
    if (secured.kind === 'tls-failed' || secured.kind === 'failed') return secured;
    if (secured.kind === 'secured') {
      tls = secured.tls;
      extensions = await hello(context, wire);
      // A remote that hangs up after the handshake objected to something in it.
      if (!(extensions instanceof Map))
        return extensions.reply === undefined ? { kind: 'tls-failed', text: extensions.text } : extensions;
    } else {
      tlsFailure = secured.text;
    }
  }
  if (mode === 'required' && tls === undefined) {
    wire.destroy();
    return failure('starttls', tlsFailure ?? 'TLS is required, and the remote does not offer it');
  }
  if (isOver(wire)) return ended(wire, 'ehlo');
  const session = new SocketSession({ wire, timeouts, remote, extensions, tls, tlsFailure });
  return { kind: 'connected', session };
}

/** EHLO, or HELO if the remote does not know EHLO; returns the extensions. RFC 5321 §4.1.1.1, §4.1.4. */
async function hello(
  { hostname, timeouts }: Context,
  wire: SmtpWire,
): Promise<Map<string, string> | ConnectFailure> {
  wire.send([`EHLO ${hostname}`]);
  const ehlo = await wire.reply(timeouts.helloMs);
  if (ehlo === undefined) return ended(wire, 'ehlo');
  if (ehlo.code < 300) return isOver(wire) ? ended(wire, 'ehlo') : extensionsOf(ehlo);
  if (ehlo.code < 500 || isOver(wire)) return refused(wire, 'ehlo', ehlo);
  wire.send([`HELO ${hostname}`]);
  const helo = await wire.reply(timeouts.helloMs);
  // The reply to EHLO says more than a later hang-up.
  if (helo === undefined) return failure('ehlo', wire.ended, replyOf(ehlo));
  if (helo.code >= 300) return refused(wire, 'ehlo', helo);
  return isOver(wire) ? ended(wire, 'ehlo') : new Map();
}

/** The first line is the remote's name; each other one is a keyword with parameters. */
function extensionsOf({ lines }: RawReply): Map<string, string> {
  const extensions = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const [keyword = '', ...parameters] = line.trim().split(/\s+/);
    if (keyword !== '') extensions.set(keyword.toUpperCase(), parameters.join(' '));
  }
  return extensions;
}

type StartTlsResult =
  | { readonly kind: 'secured'; readonly tls: string }
  /** The remote refused and continues in clear. */
  | { readonly kind: 'refused'; readonly text: string }
  | TlsFailure
  | ConnectFailure;

async function startTls(
  { timeouts, tlsOptions }: Context,
  wire: SmtpWire,
  remote: RemoteAddress,
  mode: 'required' | 'opportunistic',
): Promise<StartTlsResult> {
  wire.send(['STARTTLS']);
  const raw = await wire.reply(timeouts.helloMs);
  if (raw === undefined) return { kind: 'tls-failed', text: wire.ended ?? '' };
  if (raw.code !== 220) {
    const refusal = `STARTTLS was answered ${formatReply(replyOf(raw))}`;
    if (raw.code !== 421 && !isOver(wire)) return { kind: 'refused', text: refusal };
    wire.destroy();
    return { kind: 'tls-failed', text: refusal };
  }
  const socket = await wire.startTls(tlsOptions(remote.host, mode === 'required'), timeouts.handshakeMs);
  if (socket === undefined) return { kind: 'tls-failed', text: wire.ended ?? '' };
  return { kind: 'secured', tls: describeTls(socket) };
}

function shortest(timeouts: SmtpTimeouts): number {
  return Math.min(...(Object.values(timeouts) as number[]));
}

/** The remote refused: QUIT keeps its log clean, and its reply is not awaited. */
function refused(wire: SmtpWire, stage: 'greeting' | 'ehlo', raw: RawReply): ConnectFailure {
  wire.endWithQuit('refused');
  const reply = replyOf(raw);
  return reply.code >= 400
    ? failure(stage, reply.text, reply)
    : failure(stage, `the remote answered ${formatReply(reply)}`);
}

/** A function, because the compiler would narrow `ended` after the first read. */
function isOver(wire: SmtpWire): boolean {
  return wire.ended !== undefined;
}

/**
 * The session is over, although the awaited reply may have arrived: the same read can bring a 421, or octets that are
 * not a reply. A session that is over is never returned. RFC 5321 §3.8, §4.2.1.
 */
function ended(wire: SmtpWire, stage: 'greeting' | 'ehlo'): ConnectFailure {
  const { unasked } = wire;
  return failure(stage, wire.ended, unasked !== undefined && unasked.code >= 400 ? unasked : undefined);
}

function failure(stage: ConnectFailure['stage'], text: string | undefined, reply?: Reply): ConnectFailure {
  return { kind: 'failed', stage, reply, text: text ?? '' };
}
