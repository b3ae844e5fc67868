/**
 * AUTH at a smart host, between EHLO and MAIL. The login goes in TLS, or to this machine; nothing that the server says
 * afterwards shows it. RFC 4954 §4.
 */
import type { RelayLogin } from '../../policy/egress/route-rules.ts';
import { ended, failure, isOver, refused } from './connect-failure.ts';
import { maskSecrets } from './masked-secrets.ts';
import { saslResponses, type SaslResponses } from './sasl-responses.ts';
import type { ConnectFailure } from './session.ts';
import type { SmtpWire } from './wire.ts';

/** Without CRLF; RFC 5321 §4.5.3.1.4. A longer initial response waits for the first challenge. */
const MAX_COMMAND = 510;

export interface LogInContext {
  readonly wire: SmtpWire;
  readonly extensions: ReadonlyMap<string, string>;
  /** False: others on the way could read the login. */
  readonly unseen: boolean;
  /** For each reply. */
  readonly timeoutMs: number;
}

/** `undefined`: logged in. */
export async function logIn(login: RelayLogin, context: LogInContext): Promise<ConnectFailure | undefined> {
  const { wire, extensions, unseen } = context;
  const sasl = unseen
    ? saslResponses(login, extensions)
    : { problem: 'the login is sent in TLS only, and the remote did not start it' };
  if ('problem' in sasl) {
    wire.endWithQuit(sasl.problem);
    return failure('auth', sasl.problem);
  }
  wire.mask(maskSecrets(login.password, sasl.responses));
  return await exchange(sasl, context);
}

async function exchange(
  { mechanism, responses, initial, afterwards }: SaslResponses,
  { wire, timeoutMs }: LogInContext,
): Promise<ConnectFailure | undefined> {
  const whole = `AUTH ${mechanism} ${responses[0] ?? ''}`;
  const inCommand = initial && whole.length <= MAX_COMMAND;
  wire.send([inCommand ? whole : `AUTH ${mechanism}`], 'AUTH');
  const answers = [...responses.slice(inCommand ? 1 : 0), afterwards];
  for (;;) {
    const reply = await wire.reply(timeoutMs);
    if (reply === undefined || isOver(wire)) return ended(wire, 'auth');
    if (reply.code < 300) return undefined;
    const answer = answers.shift();
    if (reply.code !== 334 || answer === undefined) return refused(wire, 'auth', reply);
    wire.send([answer], 'AUTH');
  }
}
