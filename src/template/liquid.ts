/** One compiled part of a template: its source is checked before parsing, and it is rendered within a budget. */
import { Context, toValueSync, type Liquid, type Template } from 'liquidjs';
import { spaced } from '../platform/visible-text.ts';
import { createEngine, limitersOf } from './liquid-engine.ts';
import { BoundedEmitter, RenderBudget } from './render-budget.ts';
import { sourceProblem } from './source-limits.ts';
import { usedVariables } from './used-variables.ts';

export interface CompiledPart {
  /** Top-level variables that the template reads and does not set itself. */
  readonly variables: readonly string[];
  render(values: object): { readonly text: string } | { readonly problem: string };
}

const html = createEngine(true);
const plain = createEngine(false);

/** `escaped`: output is escaped for HTML, unless the template uses `raw`. */
export function compileTemplate(
  source: string,
  escaped: boolean,
): CompiledPart | { readonly problem: string } {
  const problem = sourceProblem(source);
  if (problem !== undefined) return { problem };
  const liquid = escaped ? html : plain;
  try {
    const parsed = liquid.parse(source);
    return { variables: usedVariables(parsed), render: (values) => render(liquid, parsed, values) };
  } catch (error) {
    return { problem: wordsOf(error) };
  }
}

function render(
  liquid: Liquid,
  parsed: Template[],
  values: object,
): { readonly text: string } | { readonly problem: string } {
  const budget = new RenderBudget();
  const emitter = new BoundedEmitter(budget);
  try {
    const context = new Context(values, liquid.options, { sync: true }, { ...limitersOf(budget), liquid });
    toValueSync(liquid.renderer.renderTemplates(parsed, context, emitter));
    return { text: emitter.buffer };
  } catch (error) {
    return { problem: wordsOf(error) };
  }
}

/** The first line of a liquidjs error, which has position and cause. */
function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return spaced((message.split('\n', 1)[0] ?? '').slice(0, 300));
}
