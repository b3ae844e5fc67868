/**
 * One part of a template, compiled. The door of liquidjs: which of its language there is, and within which limits.
 * Everything that looks elsewhere (include, render, layout) is not.
 */
import { Liquid, type Template } from 'liquidjs';
import { spaced } from '../platform/visible-text.ts';

export interface CompiledPart {
  /** Top-level names that it reads and does not set itself. */
  readonly variables: readonly string[];
  render(values: object): { readonly text: string } | { readonly problem: string };
}

/** Characters of a part's source. */
const PARSE_LIMIT = 1024 * 1024;
const RENDER_LIMIT_MS = 100;
/** Of what filters and loops make; about octets. */
const MEMORY_LIMIT = 4 * 1024 * 1024;
/** Tags, outputs and pieces of text written in one rendering. */
const STEP_LIMIT = 50_000;
const MAX_RENDERED_CHARACTERS = 2 * 1024 * 1024;
const MAX_NESTING = 100;
const ELSEWHERE = ['include', 'render', 'layout', 'block'] as const;

const html = engine(true);
const plain = engine(false);

/** `escaped`: what is put out is escaped for HTML, unless the template says `raw`. */
export function compileTemplate(
  source: string,
  escaped: boolean,
): CompiledPart | { readonly problem: string } {
  // The parser recurses into blocks: more of them than any template has would end the stack.
  if (depthOf(source) > MAX_NESTING) return { problem: `blocks are nested deeper than ${MAX_NESTING}` };
  const liquid = escaped ? html : plain;
  try {
    const parsed = liquid.parse(source);
    const variables = liquid.globalVariablesSync(parsed);
    return { variables, render: (values) => render(liquid, parsed, values) };
  } catch (error) {
    return { problem: wordsOf(error) };
  }
}

function render(
  liquid: Liquid,
  parsed: Template[],
  values: object,
): { readonly text: string } | { readonly problem: string } {
  try {
    const text = String(liquid.renderSync(parsed, values, { templateLimit: STEP_LIMIT }));
    if (text.length <= MAX_RENDERED_CHARACTERS) return { text };
    return { problem: `is longer than ${MAX_RENDERED_CHARACTERS} characters once it is filled` };
  } catch (error) {
    return { problem: wordsOf(error) };
  }
}

function engine(escaped: boolean): Liquid {
  const liquid = new Liquid({
    ...(escaped && { outputEscape: 'escape' as const }),
    ownPropertyOnly: true,
    strictVariables: true,
    strictFilters: true,
    // `{% if name %}` and `| default:` ask whether there is one.
    lenientIf: true,
    timezoneOffset: 0,
    locale: 'en',
    // Nothing is ever looked up in files.
    templates: {},
    cache: false,
    parseLimit: PARSE_LIMIT,
    renderLimit: RENDER_LIMIT_MS,
    memoryLimit: MEMORY_LIMIT,
  });
  for (const tag of ELSEWHERE) Reflect.deleteProperty(liquid.tags, tag);
  return liquid;
}

/** Opening tags without their end, at the most. */
function depthOf(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [, word] of source.matchAll(/\{%-?\s*(\w+)/g)) {
    if (word === undefined) continue;
    if (word.startsWith('end')) depth = Math.max(0, depth - 1);
    else if (/^(?:if|unless|for|case|tablerow|capture|comment|raw)$/.test(word)) depth++;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** The first line of what liquidjs says, which has place and cause. */
function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return spaced((message.split('\n', 1)[0] ?? '').slice(0, 300));
}
