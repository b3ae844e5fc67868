/**
 * What a reply says of the way that mail took, and not of the message or its recipient: a smart host that does not relay for
 * us, or a remote that refuses our address. Pure; the router looks for another way then.
 */
import type { Reply } from '../../smtp/reply.ts';
import type { AttemptStage } from '../attempt-stage.ts';
import type { LocalClass } from '../local-failures.ts';
import type { FallbackCause } from './route-rules.ts';

export interface RefusedWayFacts {
  readonly reply: Reply;
  readonly stage: AttemptStage;
  /** Class of the reply (classify.ts). */
  readonly class: string;
  /** A smart host said it. */
  readonly relay: boolean;
}

/**
 * Words that refuse this address or its network: `Your IP is listed`, `blocked using zen.example`. A class alone will not
 * do: `policy` is as well what a mailbox says of a message.
 */
const OUR_ADDRESS =
  /\b(?:your|sending|sender|client|connecting|source|this|remote)\s+(?:ip|ipv4|ipv6|ip\s*address|address\s+range|mail\s*server|mta|network|host)\b|\b(?:block|black|deny)(?:\s*|-)list|\bblocked\s+(?:using|by|due|for)\b|\blisted\s+(?:at|in|by|on)\b|\bpoor\s+reputation\b/i;
/**
 * A name in the message is refused, the sender's domain or one of a link: another address would be told the same, and one
 * account's domain must not cost all others their source.
 */
const OF_A_NAME =
  /\bdomain\b|\bsender address\b|\b(?:dbl|rhsbl|surbl|uribl|nixspam-uri)\b|\bhelo\b|\b(?:urls?|links?)\b/i;
/** Words that a provider has after DATA for the address that the message came from. Gmail's above all. */
const OF_THE_CLIENT = /\b(?:sending|your|source|client) ip\b/i;
const OF_A_LOGIN = /\bauth(?!or)|\blog ?in\b|\bcredentials\b|\btls\b/i;
/** Before anything is said of the message. */
const EARLY: ReadonlySet<AttemptStage> = new Set(['greeting', 'ehlo', 'starttls', 'mail', 'rcpt']);

/** Why another way may take it; `undefined`: it says nothing of the way. */
export function refusedWay({
  reply,
  stage,
  class: found,
  relay,
}: RefusedWayFacts): FallbackCause | undefined {
  if (reply.code < 400) return undefined;
  if (relay) return refusesLogin(reply, stage, found) ? 'unreachable' : undefined;
  const { text } = reply;
  if (OF_A_NAME.test(text) && !OF_THE_CLIENT.test(text)) return undefined;
  if (!EARLY.has(stage)) return found === 'reputation' && OF_THE_CLIENT.test(text) ? 'blocked' : undefined;
  if (found === 'reputation') return 'blocked';
  return found === 'policy' && OUR_ADDRESS.test(text) ? 'blocked' : undefined;
}

/**
 * A smart host that wants a login, or another one: RFC 4954 §6 (530, 534, 535), or relaying denied, which is said of the
 * recipient and means the client.
 */
export function refusesLogin({ code, status, text }: Reply, stage: AttemptStage, found: string): boolean {
  if (stage !== 'mail' && stage !== 'rcpt') return false;
  if (code === 530 || code === 534 || code === 535 || code === 538) return true;
  // Of a recipient it is any refusal by a rule, if it does not speak of a login.
  if (status === '5.7.0' && (stage === 'mail' || OF_A_LOGIN.test(text))) return true;
  if (status === '5.7.8' || status === '5.7.9' || status === '5.7.11') return true;
  return found === 'relaying-denied';
}

/** What a smart host that came to no transaction counts as: it is ours, so its failures are. */
export function relayFailure(stage: AttemptStage): LocalClass {
  return stage === 'auth' ? 'local-relay-login' : 'local-relay';
}
