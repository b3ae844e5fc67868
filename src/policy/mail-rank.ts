/**
 * Whether a message is bulk: of the mail of its account that waits for the same destination, the rest goes first and bulk gets
 * a quarter (docs/adr/0022). Two classes of the priorities -9 to 9 (RFC 6710 §5): what is below 0 is bulk, as is
 * mail of broadcast streams. Nobody gains over other accounts by it. Pure.
 */

export interface RankFacts {
  readonly streamKind: 'transactional' | 'broadcast';
  /** MT-PRIORITY; `undefined`: 0. */
  readonly priority: number | undefined;
}

export function isBulk({ streamKind, priority = 0 }: RankFacts): boolean {
  return streamKind === 'broadcast' || priority < 0;
}
