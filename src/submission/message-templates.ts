/**
 * Templates as messages use them: found by name, compiled once, filled. What stands against one is said in words that fit
 * a reply and an answer alike.
 */
import type { TemplateReference, TemplateVariables } from '../message/control-headers.ts';
import { BoundedTable } from '../policy/bounded-table.ts';
import type { TemplateReader } from '../store/templates.ts';
import {
  isTemplate,
  parseTemplate,
  renderTemplate,
  type Rendered,
  type Template,
} from '../template/template.ts';

export interface TemplateRefusal {
  /** `template`, or `variables.<name>`. */
  readonly field: string;
  /** Printable ASCII. */
  readonly refusal: string;
}

/** Compiled templates kept; each has at most some hundred thousand characters. */
const KEPT = 100;

export class MessageTemplates {
  readonly #reader: Pick<TemplateReader, 'findTemplate' | 'templateVersion'>;
  /** By id and version, which never change. */
  readonly #compiled = new BoundedTable<Template>(KEPT);

  constructor(reader: Pick<TemplateReader, 'findTemplate' | 'templateVersion'>) {
    this.#reader = reader;
  }

  /** Throws what the store throws. */
  render(
    accountId: string,
    { name, version }: TemplateReference,
    variables: TemplateVariables,
  ): Rendered | TemplateRefusal {
    const found = this.#reader.findTemplate(accountId, name);
    if (found === undefined)
      return refuse('template', `there is no template ${name}; fix: relayctl template add ${name}`);
    const number = version ?? found.latestVersion;
    const template = this.#template(found.id, number);
    if (template === undefined)
      return refuse(
        'template',
        `template ${name} has no version ${number}: the latest is ${found.latestVersion}`,
      );
    const rendered = renderTemplate(template, variables);
    if (!('problem' in rendered)) return rendered;
    const { at, problem } = rendered;
    if (at.startsWith('variables.'))
      return refuse(at, `template ${name}: variable ${at.slice('variables.'.length)} ${problem}`);
    return refuse('template', `template ${name}: ${at}: ${problem}`);
  }

  #template(id: string, version: number): Template | undefined {
    const key = `${id}@${version}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const stored = this.#reader.templateVersion(id, version);
    if (stored === undefined) return undefined;
    const template = parseTemplate(stored, stored.variables);
    // It was looked at before it was stored: a newer engine that understands it no more is our fault.
    if (!isTemplate(template))
      throw new Error(`template ${id}@${version}: ${template.at}: ${template.problem}`);
    this.#compiled.set(key, template);
    return template;
  }
}

export function isRendered(value: Rendered | TemplateRefusal): value is Rendered {
  return !('refusal' in value);
}

function refuse(field: string, text: string): TemplateRefusal {
  return { field, refusal: text.replace(/[^\x20-\x7e]/g, '?').slice(0, 400) };
}
