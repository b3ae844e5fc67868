/**
 * From a new connection to the point of MAIL: greeting, EHLO or HELO, TLS as planned, AUTH at a smart host. RFC 5321
 * §3.1-3.2, RFC 3207, RFC 8314 §3, RFC 4954.
 */
import type { TLSSocket } from 'node:tls';
import type { RelayLogin } from '../../policy/egress/route-rules.ts';
import { formatReply } from '../reply.ts';
import { isLoopback } from '../../platform/network/ip-address.ts';
import { ended, failure, isOver, refused } from './connect-failure.ts';
import { logIn } from './log-in.ts';
import { replyOf, type RawReply } from './reply-reader.ts';
import type { ConnectFailure, ConnectRequest, ConnectResult, RemoteAddress } from './session.ts';
import { SocketSession } from './socket-session.ts';
import type { SmtpTimeouts } from './timeouts.ts';
import { describeTls, type TlsOptions } from './tls-options.ts';
import type { TlsPlan } from './tls-plan.ts';
import type { SmtpWire } from './wire.ts';

export interface OpeningContext {
  readonly wire: SmtpWire;
  readonly remote: RemoteAddress;
  /** The name in EHLO. */
  readonly hostname: string;
  readonly timeouts: SmtpTimeouts;
  readonly plan: TlsPlan;
  readonly tlsOptions: TlsOptions;
  readonly request: ConnectRequest;
}

/** TLS failed, which a new connection in clear may do without. */
export interface TlsFailure {
  readonly kind: 'tls-failed';
  readonly text: string;
}

/** On a wire that has reached the remote; its greeting is due. */
export async function establishSession(context: OpeningContext): Promise<ConnectResult | TlsFailure> {
  const { wire, remote, timeouts, plan } = context;
  let tls: string | undefined;
  if (plan.begins === 'at-once') {
    const socket = await handshake(context);
    if (socket === undefined) return failure('starttls', wire.ended);
    tls = describeTls(socket);
  }
  const greeting = await wire.reply(timeouts.greetingMs);
  if (greeting === undefined) return failure('greeting', wire.ended);
  if (greeting.code !== 220) return refused(wire, 'greeting', greeting);
  if (isOver(wire)) return ended(wire, 'greeting');

  let extensions = await hello(context);
  if (!(extensions instanceof Map)) return extensions;

  let tlsFailure = plan.inClearBecause;
  if (plan.begins === 'starttls' && extensions.has('STARTTLS')) {
    const secured = await startTls(context);
    if (secured.kind === 'tls-failed') return secured;
    if (secured.kind === 'secured') {
      tls = secured.tls;
      extensions = await hello(context);
      // A remote that hangs up after the handshake objected to something in it.
      if (!(extensions instanceof Map))
        return extensions.reply === undefined ? { kind: 'tls-failed', text: extensions.text } : extensions;
    } else {
      tlsFailure = secured.text;
    }
  }
  if (plan.strength !== 'lenient' && tls === undefined) {
    wire.destroy();
    return failure('starttls', tlsFailure ?? 'TLS is required, and the remote does not offer it');
  }
  const login = context.request.smartHost?.login;
  const refusal = login && (await authenticate(login, context, extensions, tls !== undefined));
  if (refusal !== undefined) return refusal;
  if (isOver(wire)) return ended(wire, 'ehlo');
  const session = new SocketSession({ wire, timeouts, remote, extensions, tls, tlsFailure });
  return { kind: 'connected', session };
}

/** EHLO, or HELO if the remote does not know EHLO; returns the extensions. RFC 5321 §4.1.1.1, §4.1.4. */
async function hello({
  wire,
  hostname,
  timeouts,
}: OpeningContext): Promise<Map<string, string> | ConnectFailure> {
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
  | TlsFailure;

async function startTls(context: OpeningContext): Promise<StartTlsResult> {
  const { wire, timeouts } = context;
  wire.send(['STARTTLS']);
  const raw = await wire.reply(timeouts.helloMs);
  if (raw === undefined) return { kind: 'tls-failed', text: wire.ended ?? '' };
  if (raw.code !== 220) {
    const refusal = `STARTTLS was answered ${formatReply(replyOf(raw))}`;
    if (raw.code !== 421 && !isOver(wire)) return { kind: 'refused', text: refusal };
    wire.destroy();
    return { kind: 'tls-failed', text: refusal };
  }
  const socket = await handshake(context);
  if (socket === undefined) return { kind: 'tls-failed', text: wire.ended ?? '' };
  return { kind: 'secured', tls: describeTls(socket) };
}

async function handshake({
  wire,
  remote,
  timeouts,
  plan,
  tlsOptions,
  request,
}: OpeningContext): Promise<TLSSocket | undefined> {
  const options = tlsOptions.of(remote.host, plan.strength, request.source?.clientCertificate);
  return await wire.startTls(options, timeouts.handshakeMs);
}

async function authenticate(
  login: RelayLogin,
  { wire, remote, timeouts, request: { source } }: OpeningContext,
  extensions: ReadonlyMap<string, string>,
  inTls: boolean,
): Promise<ConnectFailure | undefined> {
  const onThisMachine = isLoopback(remote.address) && isLoopback(source?.hop?.at.host ?? remote.address);
  const unseen = inTls || onThisMachine;
  return await logIn(login, { wire, extensions, unseen, timeoutMs: timeouts.helloMs });
}
