/**
 * Decodes AUTH PLAIN (RFC 4616), AUTH LOGIN and AUTH EXTERNAL (RFC 4422 appendix A). Stricter than the library: base64 must be
 * complete and valid (RFC 4954 §4, RFC 4648 §3.3), a user name must not be empty, and no authorization identity beside it is
 * accepted. Pure; smtp-connection.ts does the exchange.
 */

export interface SaslLogin {
  readonly username: string;
  readonly password: string;
  /** PLAIN named another authorization identity, which is never allowed: to be answered as a wrong password. */
  readonly actsForAnother: boolean;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
// They could break a log line that shows the name.
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

/** `authzid NUL authcid NUL passwd` in base64; `undefined` when it is malformed. */
export function readPlain(token: string): SaslLogin | undefined {
  const [authzid, username, password, ...more] = decode(token)?.split('\0') ?? [];
  if (authzid === undefined || username === undefined || password === undefined || more.length > 0)
    return undefined;
  if (username === '' || CONTROL.test(username) || CONTROL.test(authzid)) return undefined;
  return { username, password, actsForAnother: authzid !== '' && authzid !== username };
}

/** The first response of AUTH LOGIN; `undefined` when it is malformed. */
export function readLoginName(token: string): string | undefined {
  const username = decode(token) ?? '';
  return username === '' || CONTROL.test(username) ? undefined : username;
}

/** The second response of AUTH LOGIN; `undefined` when it is malformed. */
export function readLoginPassword(token: string): string | undefined {
  return decode(token);
}

/** The authorization identity of AUTH EXTERNAL, which may be empty; `undefined` when it is malformed. */
export function readExternal(token: string): string | undefined {
  const identity = decode(token);
  return identity === undefined || CONTROL.test(identity) ? undefined : identity;
}

/** `=` alone is an empty initial response (RFC 4954 §4). */
function decode(token: string): string | undefined {
  if (token === '=') return '';
  return BASE64.test(token) ? Buffer.from(token, 'base64').toString() : undefined;
}
