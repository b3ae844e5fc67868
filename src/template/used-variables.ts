/**
 * The variables that a parsed template reads and does not set itself. liquidjs has such a function, but it computes
 * line and column of each by counting from the start of the source, which is quadratic.
 */
import { toValueSync, TypeGuards, Value, type Template } from 'liquidjs';

/** Top-level names, each once, in order of use. */
export function usedVariables(templates: readonly Template[]): readonly string[] {
  const used = new Set<string>();
  visit(templates, { used, own: new Set(), blocks: new Map() });
  return [...used];
}

interface Names {
  readonly used: Set<string>;
  /** Set so far by assign and capture; valid for the rest. */
  readonly own: Set<string>;
  /** Names set by the enclosing blocks, with their number. */
  readonly blocks: Map<string, number>;
}

function visit(templates: readonly Template[], names: Names): void {
  for (const template of templates) {
    for (const argument of template.arguments?.() ?? [])
      for (const name of namesIn(argument))
        if (!names.own.has(name) && !names.blocks.has(name)) names.used.add(name);
    for (const { content } of template.localScope?.() ?? []) names.own.add(content);
    if (template.children === undefined) continue;
    const within = [...(template.blockScope?.() ?? [])];
    for (const name of within) names.blocks.set(name, (names.blocks.get(name) ?? 0) + 1);
    visit(toValueSync<Template[]>(template.children(false, true)), names);
    for (const name of within) {
      const left = (names.blocks.get(name) ?? 1) - 1;
      if (left === 0) names.blocks.delete(name);
      else names.blocks.set(name, left);
    }
  }
}

/** Names read by an argument of a tag, an output or a filter. */
function* namesIn(argument: unknown): Iterable<string> {
  if (argument instanceof Value || TypeGuards.isFilteredValueToken(argument)) {
    for (const token of argument.initial.postfix) yield* namesIn(token);
    for (const { args } of argument.filters)
      for (const each of args)
        // `key: value`
        yield* namesIn(Array.isArray(each) ? each[1] : each);
  } else if (TypeGuards.isRangeToken(argument)) {
    yield* namesIn(argument.lhs);
    yield* namesIn(argument.rhs);
  } else if (TypeGuards.isPropertyAccessToken(argument)) {
    const { variable, props } = argument;
    const [root] = props;
    if (variable !== undefined) yield* namesIn(variable);
    // `{{ ["name"] }}` reads a variable as well.
    else if (TypeGuards.isWordToken(root) || TypeGuards.isQuotedToken(root)) yield root.content;
    for (const prop of props) yield* namesIn(prop);
  }
}
