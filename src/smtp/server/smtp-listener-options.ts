/** What a listening port is made with. */
import type { SecureContext } from 'node:tls';
import type { Config, SubmissionConfig } from '../../config/config.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { FairTurns } from './fair-turns.ts';
import type { RoomSize, SessionRoom } from './session-room.ts';
import type { SmtpPeer, ServerSession } from './server-session.ts';

/** Live. */
export interface SmtpLimits extends RoomSize {
  /** Shown as SIZE. */
  readonly maxMessageBytes: number;
}

export interface SmtpListenerOptions {
  /** Live. */
  readonly config: Pick<Config, 'hostname'> & {
    readonly submission: Pick<SubmissionConfig, 'trustedProxies'>;
  };
  readonly limits: SmtpLimits;
  /** Clients may log in. */
  readonly offersAuth: boolean;
  /** TLS from the first octet (465) or STARTTLS (587, 25). */
  readonly implicitTls: boolean;
  /** With implicit TLS: clients are asked for a certificate, and may log in by it. */
  readonly asksCertificate: boolean;
  /** By the name that a client asks for; `*` for all others. */
  readonly secureContexts: ReadonlyMap<string, SecureContext>;
  readonly idleTimeoutMs: number;
  /** TLS handshakes of implicit TLS in progress, which are not sessions yet. */
  readonly handshakes: SessionRoom;
  /** Of all listeners of the service. */
  readonly turns: FairTurns;
  readonly clock: Clock;
  readonly random: Random;
  readonly openSession: (peer: SmtpPeer) => ServerSession;
  /** True while no new mail is taken although the port stays open. Default: never. */
  readonly isDraining?: (() => boolean) | undefined;
  /** An internal error. The client gets 451. */
  readonly onBug: (error: unknown) => void;
  /** Failed TLS handshakes and connections reset during a transaction: caused by the client or the network. */
  readonly onClientError: (error: ClientError) => void;
}

export interface ClientError extends Error {
  readonly code?: string;
  readonly remoteAddress?: string | undefined;
}
