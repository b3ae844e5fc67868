/**
 * Whether the smart host of each route can be handed mail: it is reached, greets, gives the TLS that the route asks for, and takes
 * the login. Seen by EHLO, STARTTLS, AUTH and QUIT; no mail is sent.
 */
import type { AttemptStage } from '../attempt-stage.ts';
import type { Check } from './check.ts';

export type SmartHostOutcome =
  /** `tls`: protocol and cipher; `undefined`: in clear. */
  | { readonly kind: 'ready'; readonly tls: string | undefined }
  | { readonly kind: 'failed'; readonly stage: AttemptStage; readonly reason: string }
  /** It has no address, or DNS did not tell. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface SmartHostFacts {
  /** The route's name. */
  readonly route: string;
  /** `host:port`. */
  readonly at: string;
  /** User name; `undefined`: without a login. */
  readonly username: string | undefined;
  readonly outcome: SmartHostOutcome;
}

export interface SmartHostsFacts {
  readonly hosts: readonly SmartHostFacts[];
}

export const smartHosts: Check<SmartHostsFacts> = {
  reason: 'a smart host takes no mail',
  stopsMail: false,
  look({ hosts }) {
    const failed = hosts.filter(({ outcome }) => outcome.kind === 'failed');
    if (failed.length > 0)
      return {
        ok: false,
        detail: failed.map(wordsOf).join('; '),
        remedy: [...new Set(failed.map(remedyOf))].join('; '),
      };
    const unknown = hosts.filter(({ outcome }) => outcome.kind === 'unknown');
    if (unknown.length > 0)
      return { ok: true, unknown: true, detail: `not known: ${unknown.map(wordsOf).join('; ')}` };
    return { ok: true, detail: hosts.map(wordsOf).join('; ') };
  },
};

function wordsOf({ route, at, username, outcome }: SmartHostFacts): string {
  const host = `${route}: ${at}`;
  if (outcome.kind === 'unknown') return `${host}: ${outcome.reason}`;
  if (outcome.kind === 'ready') {
    const tls = outcome.tls === undefined ? 'in clear' : `with ${outcome.tls}`;
    return `${host} answers ${tls}${username === undefined ? '' : ` and takes the login of ${username}`}`;
  }
  switch (outcome.stage) {
    case 'auth':
      return `${host} refuses the login of ${username ?? ''}: ${outcome.reason}`;
    case 'starttls':
      return `${host} does not give the TLS that is asked for: ${outcome.reason}`;
    default:
      return `${host} cannot be used: ${outcome.reason}`;
  }
}

function remedyOf({ route, at, outcome }: SmartHostFacts): string {
  const stage = outcome.kind === 'failed' ? outcome.stage : 'connect';
  switch (stage) {
    case 'auth':
      return `check username and password of [[route]] ${route}, then relayctl doctor; relayd reads a changed password file at SIGHUP`;
    case 'starttls':
      return `check tls of [[route]] ${route}: "verify" needs a certificate for the name in host, "implicit" is usual at port 465`;
    case 'connect':
      return `check host and port of [[route]] ${route}, and whether the firewall lets ${at} be reached: many clouds close port 25, and leave 587 and 465 open`;
    default:
      return `ask whoever runs ${at} why it refuses this machine`;
  }
}
