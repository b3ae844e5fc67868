/** Known paths and their methods, so that a wrong method is 405 with Allow instead of 404. RFC 9110 §15.5.6. */

export interface KnownPaths {
  add(pattern: string, methods: readonly string[]): void;
  /** Methods of the path of `url`; empty for an unknown path. */
  methodsOf(url: string): readonly string[];
}

export function createKnownPaths(): KnownPaths {
  const paths = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  return {
    add(pattern, methods) {
      const known = paths.get(pattern) ?? { pattern: regExpOf(pattern), methods: new Set() };
      for (const method of methods) known.methods.add(method);
      paths.set(pattern, known);
    },
    methodsOf(url) {
      const path = url.split(/[?#]/, 1)[0] ?? '';
      const methods = new Set<string>();
      for (const known of paths.values())
        if (known.pattern.test(path)) for (const method of known.methods) methods.add(method);
      return [...methods].sort();
    },
  };
}

/** A parameter such as `:id` is one segment. */
function regExpOf(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : escaped(part)));
  return new RegExp(`^${parts.join('/')}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
