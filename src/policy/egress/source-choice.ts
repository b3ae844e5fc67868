/**
 * Which source of a pool a message leaves from: by weight, and by the message, so that each of its attempts comes to the same
 * source while that may send, and a source that is added or taken out moves no other's mail (weighted rendezvous
 * hashing). A source that may not send now is passed over for the next of the message's own order. Pure.
 */
import type { Source } from './source.ts';

/** `no`: not now, and why; `untilMs`: when to ask again. */
export type Standing =
  | { readonly may: 'yes' }
  | { readonly may: 'no'; readonly why: 'limited' | 'ceiling'; readonly untilMs: number };

export type SourceChoice =
  | { readonly kind: 'source'; readonly source: Source }
  /** None may send before `untilMs`. `why`: of the one that may first. */
  | { readonly kind: 'wait'; readonly why: 'limited' | 'ceiling'; readonly untilMs: number };

/**
 * The sources in the order of preference of the mail named by `key`: a message's id where its source is kept, with the number
 * of the try otherwise. Over many keys, each source comes first as often as its weight says.
 */
export function orderSources(sources: readonly Source[], key: string): readonly Source[] {
  if (sources.length < 2) return sources;
  return sources
    .map((source) => ({ source, score: score(`${key} ${source.name}`, source.weight) }))
    .sort((one, other) => one.score - other.score)
    .map(({ source }) => source);
}

/** The first of `ordered` that may send. `ordered` is not empty. */
export function chooseSource(
  ordered: readonly Source[],
  standingOf: (source: Source) => Standing,
): SourceChoice {
  let wait: Extract<SourceChoice, { kind: 'wait' }> | undefined;
  for (const source of ordered) {
    const standing = standingOf(source);
    if (standing.may === 'yes') return { kind: 'source', source };
    const { why, untilMs } = standing;
    if (wait === undefined || untilMs < wait.untilMs) wait = { kind: 'wait', why, untilMs };
  }
  return wait ?? { kind: 'wait', why: 'limited', untilMs: Infinity };
}

/** Exponentially distributed at the rate `weight`: the least of several is a source's as often as its share says. */
function score(text: string, weight: number): number {
  return -Math.log((hash(text) + 0.5) / 2 ** 32) / weight;
}

/** FNV-1a over UTF-16 units, and the finish of MurmurHash3, without which names that differ in their last letter are near each other. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
