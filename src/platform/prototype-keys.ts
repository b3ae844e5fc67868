/**
 * Finds keys of JSON that would reach an object's prototype when copied carelessly: `__proto__`, and `constructor`
 * with `prototype` in it, in every spelling (`\u005F` for `_`). Walking every value would cost too much: a text
 * search first rules out nearly all texts.
 */

/** Escapes of letters of these keys and of `_`. */
const ESCAPED = /\\u00[5-7]/i;

/** The forbidden key; `undefined`: none. `value` is JSON.parse of `text`. */
export function prototypeKey(
  text: string,
  value: unknown,
): '__proto__' | 'constructor.prototype' | undefined {
  const possible =
    text.includes('__proto__') ||
    (text.includes('"constructor"') && text.includes('"prototype"')) ||
    // The plain word first: its search is many times faster, and most texts have no escapes.
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
