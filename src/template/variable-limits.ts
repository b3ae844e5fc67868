/** Limits on the variables given to a template, checked without recursion before they go to another process. */

export const MAX_VARIABLE_DEPTH = 20;
/** Strings, numbers, lists and objects. */
export const MAX_VARIABLE_VALUES = 50_000;
/** Of all strings and names together. */
export const MAX_VARIABLE_CHARACTERS = 1024 * 1024;

/** `problem` continues a sentence that starts with "variables"; `size` counts characters and values. */
export function measureVariables(
  given: Readonly<Record<string, unknown>>,
): { readonly size: number } | { readonly problem: string } {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: given, depth: 0 }];
  let values = 0;
  let characters = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string') characters += value.length;
    else if (typeof value === 'object' && value !== null) {
      if (depth > MAX_VARIABLE_DEPTH) return { problem: `are nested deeper than ${MAX_VARIABLE_DEPTH}` };
      const list = Array.isArray(value);
      // A container over the limit is not read at all.
      const inner: readonly unknown[] = list ? value : Object.values(value);
      values += inner.length;
      if (values > MAX_VARIABLE_VALUES) return { problem: `have more than ${MAX_VARIABLE_VALUES} values` };
      if (!list) for (const name of Object.keys(value)) characters += name.length;
      for (const each of inner) waiting.push({ value: each, depth: depth + 1 });
    }
    if (characters > MAX_VARIABLE_CHARACTERS)
      return { problem: `have more than ${MAX_VARIABLE_CHARACTERS} characters` };
  }
  return { size: characters + values };
}
