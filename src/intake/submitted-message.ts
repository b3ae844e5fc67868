/** A message on its way into the spool and its refusals: the vocabulary shared by SMTP and HTTP. */
import type { Envelope } from '../smtp/envelope.ts';
import type { Reply } from '../smtp/reply.ts';
import type { FirstResult } from '../store/idempotency.ts';
import type { Credential } from '../store/directory-records.ts';
import type { MessageFacts } from '../store/message-records.ts';
import type { ReceivedContent } from './received-content.ts';

export interface SubmittedMessage {
  /** `msg_` id, already in the content's header. */
  readonly id: string;
  readonly via: 'smtp' | 'http';
  /** Names the connection or request in the log. */
  readonly session: string;
  /** The client's address. */
  readonly client: string;
  readonly credential: Credential;
  readonly envelope: Envelope;
  readonly received: ReceivedContent;
  /**
   * The credential read anew, when it may still do all that was allowed before acceptance began. Asked when it turns out to
   * be changed as the message is stored. May reject with what the store rejects with.
   */
  readonly reauthorize: () => Promise<Credential | Refusal>;
}

/** The cause of a refusal. `credential`: no longer valid. `failure`: ours. */
export type RefusalCause =
  'credential' | 'author' | 'recipient' | 'stream' | 'template' | 'content' | 'limit' | 'failure';

export interface Refusal {
  readonly because: RefusalCause;
  readonly reply: Reply;
  /** Whole seconds; `undefined` when waiting does not help or the time is unknown. */
  readonly retryAfterSeconds?: number | undefined;
  /** The remedy, for the operator's log. */
  readonly fix?: string | undefined;
  /** The request field at fault, such as `to[2]`; `undefined` over SMTP. */
  readonly field?: string | undefined;
}

export type Verdict =
  /** `suppressed`: recipients that are not mailed. */
  | { readonly kind: 'accepted'; readonly facts: MessageFacts; readonly suppressed: readonly string[] }
  /** The idempotency key was used before: this message is not stored, the first result is returned. */
  | { readonly kind: 'repeated'; readonly first: FirstResult }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
