/** Suggests the intended key for an unknown one. Pure. */
import { nearestName } from './nearest-name.ts';
import { SECTIONS, SETTING_KEYS, SETTINGS } from './settings.ts';

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
  const top = SETTING_KEYS.filter((known) => !known.includes('.')).map((name) =>
    SETTINGS[name].kind.writtenAs === 'tables' ? `[[${name}]]` : name,
  );
  return `keys are ${top.join(', ')} and those of the sections ${SECTIONS.map((name) => `[${name}]`).join(', ')}`;
}

function nearestKey(key: string): string | undefined {
  const nearest = nearestName(key, SETTING_KEYS);
  if (nearest !== undefined) return nearest;
  const leaf = lastPart(key);
  const sameLeaf = SETTING_KEYS.filter((known) => lastPart(known) === leaf);
  return sameLeaf.length === 1 ? sameLeaf[0] : undefined;
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}
