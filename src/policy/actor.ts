/**
 * Who changes something, as one string that goes along with the change: `KIND:NAME@ORIGIN`. The kinds are `relayctl` (a person
 * at the command line, by login name), `api` (a key, by its public id), and the relay itself: `relayd`, `health`, `webhooks`,
 * without a name. The origin is where it came from: an address, or a terminal. A name with an `@` of its own is escaped, so
 * that nobody's name can look like an origin.
 */

export interface Actor {
  readonly kind: string;
  readonly name?: string | undefined;
  /** `192.0.2.1`, `pts/3`; `undefined`: unknown, or the relay itself. */
  readonly origin?: string | undefined;
}

/** Of the relay itself, whichever part. */
export const RELAY = 'relayd';

const MAX_CHARS = 128;
/** In a name or an origin: what separates them, what escapes, spaces and what is not for display. */
const RESERVED = /[%@\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

export function formatActor({ kind, name, origin }: Actor): string {
  const who = name === undefined ? kind : `${kind}:${escaped(name)}`;
  return origin === undefined || origin === '' ? who : `${who}@${escaped(origin)}`;
}

/** Any string is one: what has no kind is a kind. */
export function parseActor(text: string): Actor {
  const [who = '', origin] = text.split(/@(.*)/s);
  const [kind = '', name] = who.split(/:(.*)/s);
  return {
    kind,
    name: name === undefined ? undefined : unescaped(name),
    origin: origin === undefined || origin === '' ? undefined : unescaped(origin),
  };
}

/** Without the origin: for what others than the operator may read. */
export function actorName(actor: string): string {
  const { kind, name } = parseActor(actor);
  return name === undefined ? kind : `${kind}:${name}`;
}

/** The public id of the key that acts. */
export function credentialOf({ kind, name }: Actor): string | undefined {
  return kind === 'api' ? name : undefined;
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .slice(0, MAX_CHARS)
    .toWellFormed()
    .replace(RESERVED, (character) => encodeURIComponent(character));
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
