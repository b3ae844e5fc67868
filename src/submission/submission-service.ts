/**
 * The submission service: all configured ports with one set of limits. It starts completely or not at all, and stops
 * in steps (smtp/server/smtp-ports.ts). RFC 6409, RFC 8314.
 */
import type { Config, SubmissionConfig } from '../config/config.ts';
import { SessionRoom } from '../smtp/server/session-room.ts';
import { SmtpFigures } from '../smtp/server/smtp-figures.ts';
import {
  openSmtpPorts,
  type InheritedListener,
  type SmtpLimits,
  type SmtpPorts,
} from '../smtp/server/smtp-ports.ts';
import type { TlsMaterial } from '../smtp/server/tls-context.ts';
import type { EventLoop } from '../platform/event-loop.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import { SessionWatch } from './session-watch.ts';
import { SubmissionSession, type SessionContext } from './session.ts';

export interface SubmissionOptions {
  /** Live. */
  readonly config: Pick<Config, 'hostname'> & {
    readonly submission: SmtpLimits &
      Pick<SubmissionConfig, 'listen' | 'listenTls' | 'listenCertificates' | 'trustedProxies'>;
  };
  /**
   * Where there are some, no port of `listen` and `listenTls` is opened beside them; where one of them asks for certificates, none of
   * `listenCertificates`, which nobody has by default.
   */
  readonly inheritedListeners?: readonly InheritedListener[];
  /** Shared with HTTP. */
  readonly acceptance: Acceptance;
  /** Reads the certificate (tls-context.ts `openTls`) now, and at each {@link SubmissionService.reloadTls}. */
  readonly loadTls: () => TlsMaterial;
  /** Default 5 minutes, RFC 5321 §4.5.3.2.7. */
  readonly idleTimeoutMs?: number;
  /** True while this node is to take no new mail; default: never. */
  readonly isDraining?: () => boolean;
  /** Where sessions are counted; default: nowhere. */
  readonly figures?: SmtpFigures;
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
  const { config, acceptance, inheritedListeners = [] } = options;
  const { submission } = config;
  const configured = inheritedListeners.length === 0;
  const sessions: SessionContext = {
    ...acceptance,
    room: new SessionRoom(submission, acceptance.clock),
    watch: new SessionWatch(acceptance),
    figures: options.figures ?? new SmtpFigures(),
  };
  return await openSmtpPorts({
    config,
    limits: submission,
    offersAuth: true,
    inherited: inheritedListeners,
    listen: configured ? submission.listen : [],
    listenTls: configured ? submission.listenTls : [],
    listenCertificates: inheritedListeners.some(({ asksCertificate }) => asksCertificate)
      ? []
      : submission.listenCertificates,
    loadTls: options.loadTls,
    idleTimeoutMs: options.idleTimeoutMs,
    loop: options.loop,
    keys: 'submission.listen and submission.listen_tls',
    isDraining: options.isDraining,
    openSession: (peer) => new SubmissionSession(peer, sessions),
    clock: acceptance.clock,
    random: acceptance.random,
    log: acceptance.log,
    strangers: acceptance.strangers,
  });
}
