/**
 * The submission service: every configured port, one set of counters. It starts whole or not at all, and stops in
 * steps (listener/smtp-ports.ts). RFC 6409, RFC 8314.
 */
import type { SubmissionConfig } from '../config/config.ts';
import { ConnectionLimits } from '../listener/connection-limits.ts';
import { ContentMemory } from '../listener/content-memory.ts';
import { openSmtpPorts, type InheritedListener, type SmtpPorts } from '../listener/smtp-ports.ts';
import type { TlsMaterial } from '../listener/tls-context.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { LoginThrottle } from '../policy/login-throttle.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Spool } from '../store/spool.ts';
import { Authenticator } from './authentication.ts';
import { CredentialLimits, type RecipientsOfDay } from './credential-limits.ts';
import { NullMxCheck, type NullMxLookup } from './null-mx-check.ts';
import { SubmissionSession, type SessionContext } from './session.ts';

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

/** `addresses`: what is bound; `reloadTls`, `stop`: see {@link SmtpPorts}. */
export type SubmissionService = SmtpPorts;

/** Content in memory past which it goes to the store in smaller parts. */
const CONTENT_MEMORY_BYTES = 128 * 1024 * 1024;

/** Rejects with BindError when a port can't be opened (then none stays open), TlsError when the certificate is no good. */
export async function startSubmission(options: SubmissionOptions): Promise<SubmissionService> {
  const { config } = options;
  const sessions = sessionContext(options);
  return await openSmtpPorts({
    hostname: options.hostname,
    offersAuth: true,
    inherited: options.inheritedListeners ?? [],
    listen: config.listen,
    listenTls: config.listenTls,
    maxMessageBytes: config.maxMessageBytes,
    maxConnections: config.maxConnections,
    maxConnectionsPerAddress: config.maxConnectionsPerAddress,
    loadTls: options.loadTls,
    idleTimeoutMs: options.idleTimeoutMs,
    keys: 'submission.listen and submission.listen_tls',
    openSession: (peer) => new SubmissionSession(peer, sessions),
    clock: options.clock,
    log: options.log,
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
