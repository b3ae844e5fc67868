/**
 * The door of liquidjs: which of its language there is, and where its filters and tags ask the budget of a rendering.
 * Everything that looks elsewhere (include, render, layout) is not there.
 */
import { CaptureTag, Liquid, type Context } from 'liquidjs';
import { BoundedEmitter, BudgetError, type RenderBudget } from './render-budget.ts';

const ELSEWHERE = ['include', 'render', 'layout', 'block'] as const;
/** Each name of a day or month in a format takes the tables of a language. */
const MAX_DATE_FORMAT_CHARACTERS = 200;

/** `escaped`: what is put out is escaped for HTML, unless the template says `raw`. */
export function createEngine(escaped: boolean): Liquid {
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
  });
  for (const tag of ELSEWHERE) Reflect.deleteProperty(liquid.tags, tag);
  liquid.registerTag('capture', BoundedCapture);
  for (const [name, filter] of Object.entries(liquid.filters))
    liquid.registerFilter(name, bounded(name, filter));
  return liquid;
}

type FilterOptions = Parameters<Liquid['registerFilter']>[1];
type FilterFunction = Extract<FilterOptions, (...args: never) => unknown>;

/** A chain of filters takes a look at the time at each of them. */
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

/** What is captured counts as made: else it could double with each capture. */
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

/** liquidjs knows two limiters by what they are asked; here both are one. */
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
