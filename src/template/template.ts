/**
 * Templates of messages: limits, validation and rendering. The language is Liquid without files: output, conditions,
 * loops, filters. Variables are escaped in HTML, and only there.
 *
 * A missing or unknown variable is an error, so no message is sent with a gap. A template reads only the variables it
 * is given, and its size, time and memory are bounded.
 */
import { compileTemplate } from './liquid.ts';
import type { CompiledPart } from './liquid.ts';
import { deriveText } from './derive-text.ts';

export interface TemplateParts {
  /** One line. `undefined`: the message's own subject. */
  readonly subject: string | undefined;
  readonly html: string | undefined;
  /** `undefined`: derived from the HTML. */
  readonly text: string | undefined;
}

export interface TemplateVariable {
  readonly name: string;
  /** False: optional, and empty when left out. */
  readonly required: boolean;
}

/** `at`: `subject`, `html`, `text`, `variables` or `variables.<name>`. */
export interface TemplateProblem {
  readonly at: string;
  readonly problem: string;
}

export interface Rendered {
  readonly subject: string | undefined;
  readonly html: string | undefined;
  readonly text: string;
}

/** Compiled; may be rendered any number of times. */
export interface Template {
  readonly variables: readonly TemplateVariable[];
  readonly subject: CompiledPart | undefined;
  readonly html: CompiledPart | undefined;
  readonly text: CompiledPart | undefined;
}

export const MAX_SUBJECT_TEMPLATE_CHARACTERS = 2_000;
export const MAX_VARIABLES = 200;
const MAX_SUBJECT_CHARACTERS = 2_000;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
/** Names reserved by Liquid. */
const RESERVED: ReadonlySet<string> = new Set([
  'forloop',
  'tablerowloop',
  'block',
  'empty',
  'blank',
  'nil',
  'true',
  'false',
]);
const CONTROL = /\p{Cc}/u;
const PARTS = ['subject', 'html', 'text'] as const;

/** The template, or its first problem. `declared` names its variables; `undefined`: all that it uses, each required. */
export function parseTemplate(
  parts: TemplateParts,
  declared: readonly TemplateVariable[] | undefined,
): Template | TemplateProblem {
  if (parts.html === undefined && parts.text === undefined)
    return { at: 'html', problem: 'a template has html, text or both' };
  const compiled: Partial<Record<(typeof PARTS)[number], CompiledPart>> = {};
  const used = new Set<string>();
  for (const at of PARTS) {
    const source = parts[at];
    if (source === undefined) continue;
    if (at === 'subject' && source.length > MAX_SUBJECT_TEMPLATE_CHARACTERS)
      return { at, problem: `is longer than ${MAX_SUBJECT_TEMPLATE_CHARACTERS} characters` };
    const part = compileTemplate(source, at === 'html');
    if ('problem' in part) return { at, problem: part.problem };
    for (const name of part.variables) used.add(name);
    compiled[at] = part;
  }
  const variables = declared ?? [...used].sort().map((name) => ({ name, required: true }));
  const problem = declarationProblem(variables, used);
  if (problem !== undefined) return problem;
  return { variables, subject: compiled.subject, html: compiled.html, text: compiled.text };
}

export function isTemplate(value: Template | TemplateProblem): value is Template {
  return !('problem' in value);
}

/** The message, or a problem. */
export function renderTemplate(
  template: Template,
  given: Readonly<Record<string, unknown>>,
): Rendered | TemplateProblem {
  const scope = scopeOf(template, given);
  if ('problem' in scope) return scope;
  const rendered: Partial<Record<(typeof PARTS)[number], string>> = {};
  for (const at of PARTS) {
    const part = template[at];
    if (part === undefined) continue;
    const result = part.render(scope.values);
    if ('problem' in result) return { at, problem: result.problem };
    rendered[at] = result.text;
  }
  const subject = rendered.subject?.trim();
  if (subject !== undefined) {
    if (CONTROL.test(subject)) return { at: 'subject', problem: 'is not one line once it is filled' };
    if (subject.length > MAX_SUBJECT_CHARACTERS)
      return {
        at: 'subject',
        problem: `is longer than ${MAX_SUBJECT_CHARACTERS} characters once it is filled`,
      };
  }
  const { html, text } = rendered;
  if (text !== undefined) return { subject, html, text };
  const derived = deriveText(html ?? '');
  return 'problem' in derived
    ? { at: 'html', problem: derived.problem }
    : { subject, html, text: derived.text };
}

function declarationProblem(
  variables: readonly TemplateVariable[],
  used: ReadonlySet<string>,
): TemplateProblem | undefined {
  if (variables.length > MAX_VARIABLES) return { at: 'variables', problem: `are more than ${MAX_VARIABLES}` };
  const names = new Set<string>();
  for (const { name } of variables) {
    const at = `variables.${name.slice(0, 64)}`;
    if (!VARIABLE.test(name) || RESERVED.has(name))
      return { at, problem: 'is not a variable name: a letter, then letters, digits, "_" and "-"' };
    if (names.has(name)) return { at, problem: 'is declared twice' };
    names.add(name);
  }
  const undeclared = [...used].find((name) => !names.has(name));
  if (undeclared === undefined) return undefined;
  return { at: `variables.${undeclared}`, problem: 'is used, but not declared' };
}

function scopeOf(
  { variables }: Template,
  given: Readonly<Record<string, unknown>>,
): { readonly values: Record<string, unknown> } | TemplateProblem {
  const values = Object.create(null) as Record<string, unknown>;
  for (const { name, required } of variables) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined && required) return { at: `variables.${name}`, problem: 'is missing' };
    values[name] = value ?? null;
  }
  const unknown = Object.keys(given).find((name) => !(name in values));
  if (unknown === undefined) return { values };
  const known = variables.map(({ name }) => name).join(', ');
  return {
    at: `variables.${unknown.slice(0, 64)}`,
    problem: `is not a variable of this template, which has ${known === '' ? 'none' : known.slice(0, 300)}`,
  };
}
