/** Suggests the intended key for an unknown one. Pure. */
import { SECTIONS, SETTING_KEYS } from './settings.ts';

/** Edits of a typing mistake; long names allow one more for every twelve characters. */
const SLIP = 2;

/**
 * A correction of `key` that follows "there is no such key": a similar name, the same name in another section, or the
 * keys of its section.
 */
export function suggestKey(key: string): string {
  const meant = nearestKey(key);
  if (meant !== undefined) return `did you mean ${meant}?`;
  const dot = key.indexOf('.');
  const section = dot < 0 ? undefined : key.slice(0, dot);
  if (section !== undefined && SECTIONS.includes(section)) {
    const names = SETTING_KEYS.filter((known) => known.startsWith(`${section}.`));
    return `[${section}] takes ${names.map((name) => name.slice(section.length + 1)).join(', ')}`;
  }
  const top = SETTING_KEYS.filter((known) => !known.includes('.'));
  return `keys are ${top.join(', ')} and those of the sections ${SECTIONS.map((name) => `[${name}]`).join(', ')}`;
}

function nearestKey(key: string): string | undefined {
  const nearest = nearestName(key, SETTING_KEYS);
  if (nearest !== undefined) return nearest;
  const leaf = lastPart(key);
  const sameLeaf = SETTING_KEYS.filter((known) => lastPart(known) === leaf);
  return sameLeaf.length === 1 ? sameLeaf[0] : undefined;
}

/** The known name nearest to `name` within a typing mistake; `undefined` otherwise. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const byDistance = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const nearest = byDistance[0];
  return nearest !== undefined && nearest.distance <= SLIP + Math.floor(name.length / 12)
    ? nearest.candidate
    : undefined;
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

/** Insertions, deletions, substitutions and transpositions that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_unused, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let distance = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        distance = Math.min(distance, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(distance);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
