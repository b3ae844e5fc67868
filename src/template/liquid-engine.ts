/**
 * Configures liquidjs: which parts of the language exist, and where filters and tags check the rendering budget. Tags
 * that read other templates (include, render, layout) are removed. The only importer of liquidjs, with liquid.ts.
 */
import { CaptureTag, Liquid, type Context } from 'liquidjs';
import { BoundedEmitter, BudgetError, type RenderBudget } from './render-budget.ts';

const ELSEWHERE = ['include', 'render', 'layout', 'block'] as const;
/** Each day or month name in a format reads the tables of a language. */
const MAX_DATE_FORMAT_CHARACTERS = 200;

/** `escaped`: output is escaped for HTML, unless the template uses `raw`. */
export function createEngine(escaped: boolean): Liquid {
  const liquid = new Liquid({
    ...(escaped && { outputEscape: 'escape' as const }),
    ownPropertyOnly: true,
    strictVariables: true,
    strictFilters: true,
    // `{% if name %}` and `| default:` test whether a variable exists.
    lenientIf: true,
    timezoneOffset: 0,
    locale: 'en',
    // No look-up in files.
    templates: {},
    cache: false,
  });
  for (const tag of ELSEWHERE) Reflect.deleteProperty(liquid.tags, tag);
  liquid.registerTag('capture', BoundedCapture);
  for (const [name, filter] of Object.entries(liquid.filters))
    liquid.registerFilter(name, bounded(name, filter));
  return liquid;
}

type FilterOptions = Parameters<Liquid['registerFilter']>[1];
type FilterFunction = Extract<FilterOptions, (...args: never) => unknown>;

/** A chain of filters checks the time at each filter. */
function bounded(name: string, filter: FilterOptions): FilterOptions {
  const handler: FilterFunction = typeof filter === 'function' ? filter : filter.handler;
  const looking: FilterFunction = function (...args) {
    budgetOf(this.context).checkTime();
    if (name === 'date' && isLongFormat(args[1]))
      throw new BudgetError(`has a date format longer than ${MAX_DATE_FORMAT_CHARACTERS} characters`);
    return handler.apply(this, args) as unknown;
  };
  return typeof filter === 'function' ? looking : { ...filter, handler: looking };
}

function isLongFormat(format: unknown): boolean {
  return Array.isArray(format) || (typeof format === 'string' && format.length > MAX_DATE_FORMAT_CHARACTERS);
}

/** Captured text counts as made: otherwise it could double with each capture. */
class BoundedCapture extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, unknown> {
    const budget = budgetOf(context);
    const emitter = new BoundedEmitter(budget);
    yield this.liquid.renderer.renderTemplates(this.templates, context, emitter);
    budget.use(emitter.buffer.length);
    context.bottom()[this.variable] = emitter.buffer;
  }
}

type Limiter = Context['renderLimit'];

/** liquidjs has two limiters that are told apart by their use; here both are one. */
export function limitersOf(budget: RenderBudget): {
  readonly memoryLimit: Limiter;
  readonly renderLimit: Limiter;
} {
  const limiter = budget as unknown as Limiter;
  return { memoryLimit: limiter, renderLimit: limiter };
}

function budgetOf({ renderLimit }: Context): RenderBudget {
  return renderLimit as unknown as RenderBudget;
}
