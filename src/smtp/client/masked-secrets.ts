/**
 * Takes a login out of what a server says: replies are stored and shown, and some servers repeat the command that they
 * refuse, whole or cut off.
 */

const MASK = '***';
/** Shorter than this, text would be masked that has nothing to do with the secret. */
const MIN_SECRET = 4;
/** A part of this length gives something away: of base64, where eight letters are six octets, and of an access token. */
const ENCODED_RUN = /[A-Za-z0-9+/]{8,}=*/g;
const PLAIN_RUN = /[A-Za-z0-9+/_-]{16,}/g;

/** `encoded`: what was sent, in base64. Letters count in either case. */
export function maskSecrets(password: string, encoded: readonly string[]): (text: string) => string {
  const sent = [...encoded, Buffer.from(password).toString('base64')].map(unpadded);
  const whole = [password, ...sent].filter((secret) => secret.length >= MIN_SECRET).map(literally);
  const pattern = whole.length === 0 ? undefined : new RegExp(`(?:${whole.join('|')})=*`, 'gi');
  const maskSent = maskParts(sent);
  const maskPlain = maskParts([password]);
  return (text) => {
    const rest = pattern === undefined ? text : text.replace(pattern, MASK);
    return rest.replace(ENCODED_RUN, maskSent).replace(PLAIN_RUN, maskPlain);
  };
}

function maskParts(secrets: readonly string[]): (run: string) => string {
  const lower = secrets.map((secret) => secret.toLowerCase());
  return (run) => (lower.some((secret) => secret.includes(unpadded(run.toLowerCase()))) ? MASK : run);
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '');
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
