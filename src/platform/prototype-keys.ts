/**
 * Keys of JSON that would reach an object's prototype wherever somebody copies it carelessly: `__proto__`, and `constructor`
 * with `prototype` in it, however they are spelled (`\u005F` for `_`). A walk through every text would cost too much: only
 * one that can hold such a key is walked through, which a search for a few words tells.
 */

/** Escapes that stand for letters of these keys and for `_`. */
const ESCAPED = /\\u00[5-7]/i;

/** The key that is not to be there; `undefined`: there is none. `value` is what JSON.parse made of `text`. */
export function prototypeKey(
  text: string,
  value: unknown,
): '__proto__' | 'constructor.prototype' | undefined {
  const possible =
    text.includes('__proto__') ||
    (text.includes('"constructor"') && text.includes('"prototype"')) ||
    // The plain word first: it is searched for many times faster, and most texts have no escapes.
    (text.includes('\\u00') && ESCAPED.test(text));
  return possible ? keyIn(value) : undefined;
}

function keyIn(value: unknown): ReturnType<typeof prototypeKey> {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '__proto__')) return '__proto__';
  if (Object.hasOwn(value, 'constructor')) {
    const { constructor: inner } = value as { readonly constructor: unknown };
    if (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype'))
      return 'constructor.prototype';
  }
  for (const inner of Object.values(value) as readonly unknown[]) {
    const found = keyIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
