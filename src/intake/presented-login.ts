/** What a client presents to log in, whatever its kind: who answers for its failures, and which credential it holds. */
import type { LogFields } from '../platform/log.ts';
import type { Reply } from '../smtp/reply.ts';
import type { Credential } from '../store/directory-records.ts';

export interface Presented {
  /** For whom failures are counted beside the client's address (policy/login-throttle.ts). */
  readonly user: string;
  /** What stands for the secret: in one session the same one fails once. */
  readonly given: Uint8Array;
  /** The credential that is meant, in any state and with any secret. Rejects with errors of the store. */
  find(): Promise<Credential | undefined>;
  /** `found` as this client holds it; `undefined`: it does not, or it is valid no more. */
  holds(found: Credential | undefined, nowMs: number): Credential | undefined;
  /** Of a failure, for the log. */
  about(found: Credential | undefined, nowMs: number): LogFields;
  /** The answer to a failure, where it is not that of a wrong secret. */
  refusal?(nowMs: number): Reply | undefined;
}
