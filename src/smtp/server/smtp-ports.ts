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
import { SmtpListener, type SmtpLimits, type SmtpListenerOptions } from './smtp-listener.ts';
import type { StrangerLog } from './stranger-log.ts';
import { createServerContexts, type TlsMaterial } from './tls-context.ts';
import { errorWords } from '../../platform/tls-error.ts';
import { formatHostPort, type HostPort } from '../../platform/network/host-port.ts';

/** A listening socket, for example from systemd. */
export interface InheritedListener {
  readonly fd: number;
  readonly implicitTls: boolean;
}

export interface ListenAddress extends HostPort {
  readonly implicitTls: boolean;
}

export interface SmtpPortsOptions extends Pick<
  SmtpListenerOptions,
  'config' | 'limits' | 'offersAuth' | 'openSession' | 'isDraining'
> {
  readonly inherited: readonly InheritedListener[];
  readonly listen: readonly HostPort[];
  readonly listenTls: readonly HostPort[];
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
  let secureContexts = createServerContexts(options.loadTls());
  const turns = new FairTurns({ clock: options.clock, loop: options.loop ?? eventLoop });
  const listeners: SmtpListener[] = [];
  const addresses: ListenAddress[] = [];
  const open = async (implicitTls: boolean, where: ListenOptions | InheritedListener) => {
    const listener = createListener(options, secureContexts, turns, implicitTls);
    const { address, port } = await listener.listen({ backlog: BACKLOG, ...where });
    listeners.push(listener);
    addresses.push({ host: address, port, implicitTls });
    log.info('listening', { at: formatHostPort({ host: address, port }), implicit_tls: implicitTls });
  };
  try {
    for (const inherited of options.inherited) await open(inherited.implicitTls, inherited);
    for (const at of options.listen) await bind(at, options, (where) => open(false, where));
    for (const at of options.listenTls) await bind(at, options, (where) => open(true, where));
  } catch (error) {
    for (const listener of listeners) listener.drain();
    throw error;
  }
  return {
    addresses,
    reloadTls() {
      secureContexts = createServerContexts(options.loadTls());
      for (const listener of listeners) listener.useSecureContexts(secureContexts);
    },
    stop: (graceMs) => stop(listeners, graceMs, options.clock),
  };
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
  secureContexts: ReadonlyMap<string, SecureContext>,
  turns: FairTurns,
  implicitTls: boolean,
): SmtpListener {
  const { config, limits, offersAuth, clock, random, openSession, isDraining, log } = options;
  return new SmtpListener({
    config,
    limits,
    offersAuth,
    implicitTls,
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
