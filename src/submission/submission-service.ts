/**
 * The submission service: all configured ports with one set of limits. It starts completely or not at all, and stops
 * in steps (smtp/server/smtp-ports.ts). RFC 6409, RFC 8314.
 */
import type { SubmissionConfig } from '../config/config.ts';
import { SessionRoom, type RoomSize } from '../smtp/server/session-room.ts';
import { openSmtpPorts, type InheritedListener, type SmtpPorts } from '../smtp/server/smtp-ports.ts';
import type { TlsMaterial } from '../smtp/server/tls-context.ts';
import type { EventLoop } from '../platform/event-loop.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import { SessionWatch } from './session-watch.ts';
import { SubmissionSession, type SessionContext } from './session.ts';

export interface SubmissionOptions {
  /** Limits are read at each connection and may change. */
  readonly config: Pick<
    SubmissionConfig,
    'listen' | 'listenTls' | 'maxConnections' | 'maxConnectionsPerAddress'
  >;
  readonly inheritedListeners?: readonly InheritedListener[];
  /** Shared with HTTP. */
  readonly acceptance: Acceptance;
  /** Reads the certificate (tls-context.ts `openTls`) now, and at each {@link SubmissionService.reloadTls}. */
  readonly loadTls: () => TlsMaterial;
  /** Default 5 minutes, RFC 5321 §4.5.3.2.7. */
  readonly idleTimeoutMs?: number;
  /** Default: the thread's. */
  readonly loop?: EventLoop;
}

/** For `reloadTls` and `stop` see {@link SmtpPorts}. */
export type SubmissionService = SmtpPorts;

/**
 * Rejects with BindError when a port cannot be opened (then none stays open), TlsError when the certificate is
 * unusable.
 */
export async function startSubmission(options: SubmissionOptions): Promise<SubmissionService> {
  const { config, acceptance } = options;
  const size: RoomSize = {
    get all() {
      return config.maxConnections;
    },
    get perHost() {
      return config.maxConnectionsPerAddress;
    },
  };
  // Inherits instead of copying: settings may change while it runs.
  const sessions: SessionContext = Object.assign(Object.create(acceptance) as Acceptance, {
    room: new SessionRoom(size, acceptance.clock),
    watch: new SessionWatch(acceptance),
  });
  return await openSmtpPorts({
    get hostname() {
      return acceptance.hostname;
    },
    offersAuth: true,
    inherited: options.inheritedListeners ?? [],
    listen: config.listen,
    listenTls: config.listenTls,
    get maxMessageBytes() {
      return acceptance.maxMessageBytes;
    },
    size,
    loadTls: options.loadTls,
    idleTimeoutMs: options.idleTimeoutMs,
    loop: options.loop,
    keys: 'submission.listen and submission.listen_tls',
    openSession: (peer) => new SubmissionSession(peer, sessions),
    clock: acceptance.clock,
    random: acceptance.random,
    log: acceptance.log,
    strangers: acceptance.strangers,
  });
}
