/**
 * What a client answers in AUTH PLAIN (RFC 4616), LOGIN and XOAUTH2, and which of them it uses with a server. Pure;
 * log-in.ts does the exchange.
 */
import type { AuthMechanism, RelayLogin } from '../../policy/egress/route-rules.ts';

export interface SaslResponses {
  readonly mechanism: string;
  /** In base64, in order. */
  readonly responses: readonly string[];
  /** The first may stand in the command itself. */
  readonly initial: boolean;
  /** Answers a challenge after the last response: `*` gives up (RFC 4954 §4); XOAUTH2 expects an empty line for its error. */
  readonly afterwards: '*' | '';
}

const CONTROL = /[\x00-\x1f\x7f]/;
/** Of an EHLO reply, where a failure names what it offers. */
const MAX_SHOWN = 100;

/** Or why there are none for this server. */
export function saslResponses(
  { username, password, mechanism }: RelayLogin,
  extensions: ReadonlyMap<string, string>,
): SaslResponses | { readonly problem: string } {
  // They separate the parts of a response.
  if (CONTROL.test(username) || CONTROL.test(password))
    return { problem: 'the user name or the password holds a control character' };
  const offered = offeredMechanisms(extensions);
  if (offered.size === 0) return { problem: 'the remote does not offer AUTH' };
  const wanted: readonly AuthMechanism[] = mechanism === undefined ? ['plain', 'login'] : [mechanism];
  const chosen = wanted.find((name) => offered.has(name.toUpperCase()));
  if (chosen === undefined) {
    const names = wanted.map((name) => name.toUpperCase()).join(' nor ');
    return {
      problem: `the remote does not offer AUTH ${names}, only ${[...offered].join(' ').slice(0, MAX_SHOWN)}`,
    };
  }
  return responsesOf(chosen, username, password);
}

function responsesOf(mechanism: AuthMechanism, username: string, password: string): SaslResponses {
  switch (mechanism) {
    case 'plain':
      return {
        mechanism: 'PLAIN',
        responses: [base64(`\0${username}\0${password}`)],
        initial: true,
        afterwards: '*',
      };
    case 'login':
      return {
        mechanism: 'LOGIN',
        responses: [base64(username), base64(password)],
        initial: false,
        afterwards: '*',
      };
    case 'xoauth2':
      return {
        mechanism: 'XOAUTH2',
        responses: [base64(`user=${username}\x01auth=Bearer ${password}\x01\x01`)],
        initial: true,
        afterwards: '',
      };
  }
}

/** `AUTH PLAIN LOGIN`, and `AUTH=PLAIN LOGIN` as old servers write it. */
function offeredMechanisms(extensions: ReadonlyMap<string, string>): Set<string> {
  const offered = new Set<string>();
  for (const [keyword, parameters] of extensions) {
    const names = keyword === 'AUTH' ? '' : keyword.startsWith('AUTH=') ? keyword.slice(5) : undefined;
    if (names === undefined) continue;
    for (const name of `${names} ${parameters}`.split(' ')) if (name !== '') offered.add(name.toUpperCase());
  }
  return offered;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
