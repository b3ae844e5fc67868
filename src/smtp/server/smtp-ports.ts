/**
 * The ports of one service: opened all or none, closed in steps. Stopping closes idle clients at once, lets
 * transactions end within the grace time, and answers every complete message, so that no message is stored without
 * its sender knowing.
 */
import type { ListenOptions } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import { refuseUnlessIpv6Missing } from './bind-server.ts';
import { eventLoop, type EventLoop } from '../../platform/event-loop.ts';
import { FairTurns } from './fair-turns.ts';
import { SessionRoom } from './session-room.ts';
import { SmtpListener } from './smtp-listener.ts';
import type { SmtpLimits, SmtpListenerOptions } from './smtp-listener-options.ts';
import type { StrangerLog } from './stranger-log.ts';
import { ASKING_FOR_CERTIFICATES, createServerContexts, type TlsMaterial } from './tls-context.ts';
import { errorWords } from '../../platform/tls-error.ts';
import { formatHostPort, type HostPort } from '../../platform/network/host-port.ts';

/** A listening socket, for example from systemd. */
export interface InheritedListener {
  readonly fd: number;
  readonly implicitTls: boolean;
  /** With implicit TLS: clients are asked for a certificate. */
  readonly asksCertificate?: boolean;
}

export interface ListenAddress extends HostPort {
  readonly implicitTls: boolean;
  readonly asksCertificate: boolean;
}

export interface SmtpPortsOptions extends Pick<
  SmtpListenerOptions,
  'config' | 'limits' | 'offersAuth' | 'openSession' | 'isDraining'
> {
  readonly inherited: readonly InheritedListener[];
  readonly listen: readonly HostPort[];
  readonly listenTls: readonly HostPort[];
  /** Implicit TLS that asks clients for a certificate. Default: none. */
  readonly listenCertificates?: readonly HostPort[];
  /** Reads the certificate (tls-context.ts `openTls`) now, and at each {@link SmtpPorts.reloadTls}. */
  readonly loadTls: () => TlsMaterial;
  /** Default 5 minutes, RFC 5321 §4.5.3.2.7. */
  readonly idleTimeoutMs: number | undefined;
  /** The configuration keys of the ports, such as `submission.listen and submission.listen_tls`. */
  readonly keys: string;
  readonly clock: Clock;
  /** Default: the thread's. */
  readonly loop?: EventLoop | undefined;
  readonly random: Random;
  readonly log: Log;
  /** Logs failed connections. */
  readonly strangers: StrangerLog;
}

export type { SmtpLimits };

export interface SmtpPorts {
  /** Bound addresses, with the actual port for port 0. */
  readonly addresses: readonly ListenAddress[];
  /** Reads the certificate again; open connections keep theirs. TlsError when it is unusable; the old one stays. */
  reloadTls(): void;
  /**
   * Resolves when the last connection is gone: at most a few seconds after `graceMs`, plus the time of the store's
   * answers.
   */
  stop(graceMs: number): Promise<void>;
}

type ListenerKind = Pick<ListenAddress, 'implicitTls' | 'asksCertificate'>;

const STARTTLS: ListenerKind = { implicitTls: false, asksCertificate: false };
const IMPLICIT_TLS: ListenerKind = { implicitTls: true, asksCertificate: false };
const CERTIFICATES: ListenerKind = { implicitTls: true, asksCertificate: true };

const IDLE_TIMEOUT_MS = 300_000;
/** After 421 a client has this long to close its side. */
const CLOSE_WITHIN_MS = 1_000;
const BACKLOG = 1024;
/** In progress at one listener: a handshake takes milliseconds, a stalled one holds about 60 KiB. */
const HANDSHAKES = 1_000;

/**
 * Rejects with BindError when a port cannot be opened (then none stays open), TlsError when the certificate is
 * unusable.
 */
export async function openSmtpPorts(options: SmtpPortsOptions): Promise<SmtpPorts> {
  const { log } = options;
  let contexts = contextsOf(options.loadTls());
  const turns = new FairTurns({ clock: options.clock, loop: options.loop ?? eventLoop });
  const listeners: { readonly listener: SmtpListener; readonly kind: ListenerKind }[] = [];
  const addresses: ListenAddress[] = [];
  const open = async (kind: ListenerKind, where: ListenOptions | Pick<InheritedListener, 'fd'>) => {
    const listener = createListener(options, contexts(kind), turns, kind);
    const { address, port } = await listener.listen({ backlog: BACKLOG, ...where });
    listeners.push({ listener, kind });
    addresses.push({ host: address, port, ...kind });
    const { implicitTls, asksCertificate } = kind;
    log.info('listening', {
      at: formatHostPort({ host: address, port }),
      implicit_tls: implicitTls,
      ...(asksCertificate && { asks_certificate: true }),
    });
  };
  const lists = [
    [STARTTLS, options.listen, options.keys],
    [IMPLICIT_TLS, options.listenTls, options.keys],
    [CERTIFICATES, options.listenCertificates ?? [], 'submission.listen_certificates'],
  ] as const;
  try {
    for (const { fd, implicitTls, asksCertificate = false } of options.inherited)
      await open({ implicitTls, asksCertificate }, { fd });
    for (const [kind, list, keys] of lists)
      for (const at of list) await bind(at, { log, keys }, (where) => open(kind, where));
  } catch (error) {
    for (const { listener } of listeners) listener.drain();
    throw error;
  }
  return {
    addresses,
    reloadTls() {
      contexts = contextsOf(options.loadTls());
      for (const { listener, kind } of listeners) listener.useSecureContexts(contexts(kind));
    },
    stop: (graceMs) =>
      stop(
        listeners.map(({ listener }) => listener),
        graceMs,
        options.clock,
      ),
  };
}

type Contexts = ReadonlyMap<string, SecureContext>;

/** Those for certificates are made where a listener wants them. */
function contextsOf(material: TlsMaterial): (kind: ListenerKind) => Contexts {
  const usual = createServerContexts(material);
  let asking: Contexts | undefined;
  return ({ asksCertificate }) =>
    asksCertificate ? (asking ??= createServerContexts(material, ASKING_FOR_CERTIFICATES)) : usual;
}

async function bind(
  at: HostPort,
  options: Pick<SmtpPortsOptions, 'log' | 'keys'>,
  open: (where: ListenOptions) => Promise<void>,
): Promise<void> {
  const ipv6 = at.host.includes(':');
  try {
    // A wildcard IPv6 socket would take the IPv4 port as well, and the IPv4 listener would fail.
    await open({ host: at.host, port: at.port, ipv6Only: ipv6 });
  } catch (error) {
    refuseUnlessIpv6Missing(at, error as NodeJS.ErrnoException, options);
  }
}

async function stop(listeners: readonly SmtpListener[], graceMs: number, clock: Clock): Promise<void> {
  for (const listener of listeners) listener.drain();
  const timers = [
    clock.after(graceMs, () => listeners.forEach((listener) => listener.terminate())),
    clock.after(graceMs + CLOSE_WITHIN_MS, () => listeners.forEach((listener) => listener.destroy())),
  ];
  await Promise.all(listeners.map((listener) => listener.whenEmpty()));
  for (const timer of timers) timer.cancel();
}

function createListener(
  options: SmtpPortsOptions,
  secureContexts: Contexts,
  turns: FairTurns,
  kind: ListenerKind,
): SmtpListener {
  const { config, limits, offersAuth, clock, random, openSession, isDraining, log } = options;
  return new SmtpListener({
    config,
    limits,
    offersAuth,
    ...kind,
    secureContexts,
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    handshakes: new SessionRoom(limits, clock, HANDSHAKES),
    turns,
    clock,
    random,
    openSession,
    isDraining,
    onBug: (error) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error('internal error', { reason });
    },
    onClientError: (error) => {
      options.strangers.info('connection failed', error.remoteAddress ?? 'unknown', {
        reason: errorWords(error),
        code: error.code,
      });
    },
  });
}
