/** A template as it is edited, as texts of fields, and as the API takes it; where its errors point to. */
import type { Template } from '../api/answers.ts';

export interface TemplateDraft {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** One a line, `name` or `name?`. */
  readonly variables: string;
}

export const EMPTY_DRAFT: TemplateDraft = { subject: '', text: '', html: '', variables: '' };

export function draftOf({ subject, text, html, variables }: Template): TemplateDraft {
  const lines = variables.map(({ name, required }) => (required ? name : `${name}?`));
  return { subject: subject ?? '', text: text ?? '', html: html ?? '', variables: lines.join('\n') };
}

export function isSameDraft(one: TemplateDraft, other: TemplateDraft): boolean {
  return (['subject', 'text', 'html', 'variables'] as const).every((field) => one[field] === other[field]);
}

/** The body of a request: empty fields are left out. */
export function bodyOf({ subject, text, html, variables }: TemplateDraft) {
  const names = variables
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) =>
      line.endsWith('?')
        ? { name: line.slice(0, -1).trim(), required: false }
        : { name: line, required: true },
    );
  return {
    ...(subject === '' ? {} : { subject }),
    ...(text === '' ? {} : { text }),
    ...(html === '' ? {} : { html }),
    ...(names.length === 0 ? {} : { variables: names }),
  };
}

/** The line that an error of the engine names, from 1; `undefined`: none. */
export function lineOf(message: string): number | undefined {
  const found = /\bline[: ](\d{1,7})\b/.exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Of line `line` (from 1), without its end; the last line where there are fewer. In characters. */
export function lineBounds(text: string, line: number): readonly [start: number, end: number] {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const end = text.indexOf('\n', start);
    if (end < 0) break;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return [start, end < 0 ? text.length : end];
}

/** `undefined`: no object of JSON. */
export function variablesOf(json: string): Readonly<Record<string, unknown>> | undefined {
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const NAMES_SHOWN = 50;

/** Variables of a draft, as it declares them, or as its output tags name them. */
export function namesIn({ variables, subject, text, html }: TemplateDraft): readonly string[] {
  const declared = variables.split('\n').map((line) => line.trim().replace(/\?$/, ''));
  const used = `${subject} ${text} ${html}`.matchAll(/\{\{-?\s*([A-Za-z_][\w-]*)/g);
  const names = declared.some((name) => name !== '') ? declared : [...used].map(([, name = '']) => name);
  return [...new Set(names.filter((name) => name !== ''))].slice(0, NAMES_SHOWN);
}

/** Values to begin a preview with: each variable's own name. */
export function exampleValues({ variables }: Pick<Template, 'variables'>): string {
  const values = Object.fromEntries(variables.map(({ name }) => [name, name]));
  return JSON.stringify(values, null, 2);
}

const MOST_VERSIONS = 200;

/** The newest first, with the one shown, however old it is. */
export function versionsToChoose(shown: number, latest: number): readonly number[] {
  const count = Math.min(latest, MOST_VERSIONS);
  const newest = Array.from({ length: count }, (_, index) => latest - index);
  return newest.includes(shown) ? newest : [...newest, shown];
}
