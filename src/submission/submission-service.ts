/**
 * The submission service: every configured port, one set of counters. It starts whole or not at all, and stops in
 * steps: idle clients at once, transactions within the grace time, and complete messages always get their answer, so
 * that nothing is stored that its sender does not know of. RFC 6409, RFC 8314.
 */
import type { ListenOptions } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { HostPort, SubmissionConfig } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { LoginThrottle } from '../policy/login-throttle.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Spool } from '../store/spool.ts';
import { Authenticator } from './authentication.ts';
import { BindError, formatHostPort } from './bind-error.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { ContentMemory } from './content-memory.ts';
import { CredentialLimits, type RecipientsOfDay } from './credential-limits.ts';
import { NullMxCheck, type NullMxLookup } from './null-mx-check.ts';
import { SubmissionSession, type SessionContext } from './session.ts';
import { SmtpListener } from './smtp-listener.ts';
import { createServerContext, type TlsMaterial } from './tls-context.ts';

/** A socket that is listening already, from systemd for one. */
export interface InheritedListener {
  readonly fd: number;
  readonly implicitTls: boolean;
}

export interface SubmissionOptions {
  readonly config: SubmissionConfig;
  readonly inheritedListeners?: readonly InheritedListener[];
  readonly hostname: string;
  /** `delivery.max_age`. */
  readonly maxAgeMs: number;
  /** Reads the certificate (tls-context.ts `openTls`): now, and at each {@link SubmissionService.reloadTls}. */
  readonly loadTls: () => TlsMaterial;
  readonly directory: Pick<
    DirectoryReader,
    'credentialByUsername' | 'networkCredentials' | 'domainByName' | 'streamByName' | 'suppressionFor'
  >;
  readonly spool: Pick<Spool, 'accept' | 'putChunk' | 'abandonUpload'>;
  readonly box: Pick<SecretBox, 'hmac'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** True for a null MX; `undefined`: not asked at RCPT. */
  readonly checkNullMx?: NullMxLookup;
  /** What the store counted of a credential's recipients, so that a daily quota holds over a restart. */
  readonly recipientsOfDay?: RecipientsOfDay;
  /** Default 5 minutes, RFC 5321 §4.5.3.2.7. */
  readonly idleTimeoutMs?: number;
}

export interface ListenAddress extends HostPort {
  readonly implicitTls: boolean;
}

export interface SubmissionService {
  /** What is bound, with the real port where 0 was asked for. */
  readonly addresses: readonly ListenAddress[];
  /** Reads the certificate again; open connections keep theirs. TlsError, and the old one stays, when it is no good. */
  reloadTls(): void;
  /** Resolves when the last connection is gone: at most a few seconds after `graceMs`, plus what the store needs to answer. */
  stop(graceMs: number): Promise<void>;
}

const IDLE_TIMEOUT_MS = 300_000;
/** Content in memory past which it goes to the store in smaller parts. */
const CONTENT_MEMORY_BYTES = 128 * 1024 * 1024;
/** After 421 a client has this long to close its side. */
const CLOSE_WITHIN_MS = 1_000;
const BACKLOG = 1024;
const IPV6_MISSING = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** Rejects with BindError when a port can't be opened (then none stays open), TlsError when the certificate is no good. */
export async function startSubmission(options: SubmissionOptions): Promise<SubmissionService> {
  const sessions = sessionContext(options);
  let secureContext = createServerContext(options.loadTls());
  const listeners: SmtpListener[] = [];
  const addresses: ListenAddress[] = [];
  const open = async (implicitTls: boolean, where: ListenOptions | InheritedListener) => {
    const listener = createListener(options, sessions, secureContext, implicitTls);
    const { address, port } = await listener.listen({ backlog: BACKLOG, ...where });
    listeners.push(listener);
    addresses.push({ host: address, port, implicitTls });
    options.log.info('listening', { at: formatHostPort({ host: address, port }), implicitTls });
  };
  try {
    for (const inherited of options.inheritedListeners ?? []) await open(inherited.implicitTls, inherited);
    for (const at of options.config.listen) await bind(at, options.log, (where) => open(false, where));
    for (const at of options.config.listenTls) await bind(at, options.log, (where) => open(true, where));
  } catch (error) {
    for (const listener of listeners) listener.drain();
    throw error;
  }
  return {
    addresses,
    reloadTls() {
      secureContext = createServerContext(options.loadTls());
      for (const listener of listeners) listener.useSecureContext(secureContext);
    },
    stop: (graceMs) => stop(listeners, graceMs, options.clock),
  };
}

async function bind(at: HostPort, log: Log, open: (where: ListenOptions) => Promise<void>): Promise<void> {
  const ipv6 = at.host.includes(':');
  try {
    // A wildcard IPv6 socket would take the IPv4 port as well, and the IPv4 listener beside it would fail.
    await open({ host: at.host, port: at.port, ipv6Only: ipv6 });
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    if (at.host !== '::' || !IPV6_MISSING.has(cause.code ?? '')) throw new BindError(at, cause);
    log.warn('not listening on IPv6: this machine has none', { at: formatHostPort(at), code: cause.code });
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
  options: SubmissionOptions,
  sessions: SessionContext,
  secureContext: SecureContext,
  implicitTls: boolean,
): SmtpListener {
  const { log, hostname, config } = options;
  return new SmtpListener({
    hostname,
    implicitTls,
    secureContext,
    maxMessageBytes: config.maxMessageBytes,
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    maxConnections: config.maxConnections,
    handshakes: new ConnectionLimits(config.maxConnections, config.maxConnectionsPerAddress),
    clock: options.clock,
    openSession: (peer) => new SubmissionSession(peer, sessions),
    onBug: (error) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error('internal error', { reason });
    },
    onClientError: (error) => {
      log.info('connection failed', { client: error.remoteAddress, reason: error.message });
    },
  });
}

function sessionContext(options: SubmissionOptions): SessionContext {
  const { config, directory, box, clock, log, checkNullMx } = options;
  return {
    directory,
    spool: options.spool,
    limits: new CredentialLimits(options.recipientsOfDay),
    clock,
    log,
    random: options.random,
    requireVerifiedDomain: config.requireVerifiedDomain,
    maxAgeMs: options.maxAgeMs,
    authenticator: new Authenticator({ directory, box, throttle: new LoginThrottle(), clock, log }),
    connections: new ConnectionLimits(config.maxConnections, config.maxConnectionsPerAddress),
    memory: new ContentMemory(CONTENT_MEMORY_BYTES),
    nullMx: checkNullMx === undefined ? undefined : new NullMxCheck(checkNullMx, clock),
    hostname: options.hostname,
    maxMessageBytes: config.maxMessageBytes,
    maxRecipients: config.maxRecipients,
    suppressedRecipients: config.suppressedRecipients,
    hideClientAddress: config.hideClientAddress,
  };
}
