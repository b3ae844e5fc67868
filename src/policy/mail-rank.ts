/**
 * Whether a message is bulk: of the mail of its account that waits for the same destination, the rest goes first and bulk gets
 * a quarter (docs/adr/0022). Two classes of the priorities -9 to 9 (RFC 6710 §5): what is below 0 is bulk, as is
 * mail of broadcast streams, unless the stream has a priority of its own. Nobody gains over other accounts by it. Pure.
 */

export interface RankFacts {
  readonly streamKind: 'transactional' | 'broadcast';
  /** What its stream says of all its mail; `undefined`: what its kind says. */
  readonly streamPriority?: number | undefined;
  /** MT-PRIORITY of the message; `undefined`: 0. */
  readonly priority: number | undefined;
}

export function isBulk({ streamKind, streamPriority, priority = 0 }: RankFacts): boolean {
  const ofStream = streamPriority ?? (streamKind === 'broadcast' ? -1 : 0);
  return ofStream < 0 || priority < 0;
}
