/**
 * Operations of the isolated process for templates: check a template, and render one with the variables of many
 * messages. Compiled templates are cached, bounded, so that a message costs a rendering and not a parse.
 */
import { MAX_RENDERED_CHARACTERS } from './render-budget.ts';
import {
  isTemplate,
  parseTemplate,
  renderTemplate,
  type Rendered,
  type Template,
  type TemplateParts,
  type TemplateProblem,
  type TemplateVariable,
} from './template.ts';

/** A template as stored or about to be stored. */
export interface TemplateSource extends TemplateParts {
  /** `undefined`: all variables that it uses, each required. */
  readonly variables: readonly TemplateVariable[] | undefined;
}

export type CheckedTemplate = { readonly variables: readonly TemplateVariable[] } | TemplateProblem;

export interface FillInput {
  /** Identifies an immutable version. */
  readonly key: string;
  /** `undefined`: the version should be cached here. */
  readonly source: TemplateSource | undefined;
  /** One set for each message. */
  readonly given: readonly Readonly<Record<string, unknown>>[];
}

/** `undefined`: the version is not cached, send its source. Else the results of the first messages, at least one. */
export type FillOutput = readonly (Rendered | TemplateProblem)[] | undefined;

export type TemplateOperations = Readonly<{
  check: (input: TemplateSource) => CheckedTemplate;
  fill: (input: FillInput) => FillOutput;
}>;

/** Cached templates; the largest have a few hundred thousand characters, most a few thousand. */
const KEPT = 200;
const KEPT_CHARACTERS = 2 * 1024 * 1024;
/** Longest run of one operation before others get their turn. */
const TURN_MS = 20;
/** Characters returned at once; the last result may exceed it. */
const ANSWER_CHARACTERS = MAX_RENDERED_CHARACTERS;

export function templateOperations(): TemplateOperations {
  const kept = new KeptTemplates();
  return {
    check({ variables, ...parts }) {
      const template = parseTemplate(parts, variables);
      return isTemplate(template) ? { variables: template.variables } : template;
    },
    fill({ key, source, given }) {
      const template = kept.get(key) ?? (source === undefined ? undefined : kept.add(key, source));
      return template === undefined ? undefined : fill(template, given);
    },
  };
}

function fill(template: Template | TemplateProblem, given: FillInput['given']): FillOutput {
  if (!isTemplate(template)) return given.map(() => template);
  const untilMs = performance.now() + TURN_MS;
  const results: (Rendered | TemplateProblem)[] = [];
  let characters = 0;
  for (const variables of given) {
    const result = renderTemplate(template, variables);
    results.push(result);
    if (!('problem' in result)) characters += (result.html?.length ?? 0) + result.text.length;
    if (characters > ANSWER_CHARACTERS || performance.now() > untilMs) break;
  }
  return results;
}

/** By key; the least recently used is dropped first. */
class KeptTemplates {
  readonly #entries = new Map<
    string,
    { readonly template: Template | TemplateProblem; readonly size: number }
  >();
  #characters = 0;

  get(key: string): Template | TemplateProblem | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.template;
  }

  add(key: string, { variables, ...parts }: TemplateSource): Template | TemplateProblem {
    const template = parseTemplate(parts, variables);
    const size = (parts.subject?.length ?? 0) + (parts.html?.length ?? 0) + (parts.text?.length ?? 0);
    this.#entries.set(key, { template, size });
    this.#characters += size;
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= KEPT && this.#characters <= KEPT_CHARACTERS) break;
      this.#entries.delete(oldest);
      this.#characters -= entry.size;
    }
    return template;
  }
}
