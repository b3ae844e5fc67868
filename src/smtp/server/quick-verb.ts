/** Which commands are the ones of every message, read without a string of their own. RFC 5321 §4.1.1. */

export type QuickVerb = 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'QUIT';

const SPACE = 0x20;
/** Without the bit that makes a letter a small one. */
const CAPITAL = 0xdf;

const [EHLO, MAIL, RCPT, DATA, QUIT] = ['EHLO', 'MAIL', 'RCPT', 'DATA', 'QUIT'].map((verb) =>
  letters(Buffer.from(verb)),
);

/** `undefined`: another command. */
export function quickVerb(command: Uint8Array): QuickVerb | undefined {
  if (command.length < 4 || (command.length > 4 && command[4] !== SPACE)) return undefined;
  switch (letters(command)) {
    case EHLO:
      return 'EHLO';
    case MAIL:
      return 'MAIL';
    case RCPT:
      return 'RCPT';
    case DATA:
      return 'DATA';
    case QUIT:
      return 'QUIT';
    default:
      return undefined;
  }
}

/** Those that a client may send before it has said who it is (RFC 5321 §4.1.4). */
export function needsHello(verb: QuickVerb): boolean {
  return verb !== 'EHLO' && verb !== 'QUIT';
}

/** The first four octets as a number, whatever the case of their letters. */
function letters(octets: Uint8Array): number {
  let number = 0;
  for (let at = 0; at < 4; at++) number = (number << 8) | ((octets[at] ?? 0) & CAPITAL);
  return number;
}
