/** A message on its way into the spool, and what may stand against it: the words that SMTP and HTTP share. */
import type { Envelope } from '../smtp/envelope.ts';
import type { Reply } from '../smtp/reply.ts';
import type { FirstResult } from '../store/idempotency.ts';
import type { Credential, MessageFacts } from '../store/records.ts';
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

/** What stands against a message. `credential`: it does not stand any more. `failure`: on our side. */
export type RefusalCause =
  'credential' | 'author' | 'recipient' | 'stream' | 'template' | 'content' | 'limit' | 'failure';

export interface Refusal {
  readonly because: RefusalCause;
  readonly reply: Reply;
  /** Whole seconds; `undefined` where waiting changes nothing, or nobody knows. */
  readonly retryAfterSeconds?: number | undefined;
  /** The command that helps, for the operator's log. */
  readonly fix?: string | undefined;
  /** The field of a request that is meant, such as `to[2]`; `undefined` for mail by SMTP. */
  readonly field?: string | undefined;
}

export type Verdict =
  /** `suppressed`: recipients that are not mailed. */
  | { readonly kind: 'accepted'; readonly facts: MessageFacts; readonly suppressed: readonly string[] }
  /** The key was used before: this message is not in the spool, what the first result names is. */
  | { readonly kind: 'repeated'; readonly first: FirstResult }
  | { readonly kind: 'refused'; readonly refusal: Refusal };
