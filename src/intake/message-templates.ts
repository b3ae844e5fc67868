/**
 * Templates of messages: found by name, rendered by the engine. Problems are texts that fit a reply and a response
 * alike.
 */
import type { TemplateReference, TemplateVariables } from '../message/control-headers.ts';
import { StoreError } from '../store/errors.ts';
import type { TemplateReader } from '../store/templates.ts';
import type { TemplateEngine } from '../template/template-engine.ts';
import type { Rendered } from '../template/template.ts';

export interface TemplateRefusal {
  /** `template`, or `variables.<name>`. */
  readonly field: string;
  /** Printable ASCII. */
  readonly refusal: string;
}

export class MessageTemplates {
  readonly #reader: Pick<TemplateReader, 'findTemplate' | 'templateVersion'>;
  readonly #engine: Pick<TemplateEngine, 'fill'>;

  constructor(
    reader: Pick<TemplateReader, 'findTemplate' | 'templateVersion'>,
    engine: Pick<TemplateEngine, 'fill'>,
  ) {
    this.#reader = reader;
    this.#engine = engine;
  }

  /** Rejects with errors of the store and with TemplateEngineError. */
  async render(
    accountId: string,
    { name, version }: TemplateReference,
    variables: TemplateVariables,
  ): Promise<Rendered | TemplateRefusal> {
    const found = await this.#reader.findTemplate(accountId, name);
    if (found === undefined)
      return refuse('template', `there is no template ${name}; fix: relayctl template add ${name}`);
    const number = version ?? found.latestVersion;
    // Versions count from 1 and are removed only with their template.
    if (number > found.latestVersion)
      return refuse(
        'template',
        `template ${name} has no version ${number}: the latest is ${found.latestVersion}`,
      );
    const load = async () => {
      const stored = await this.#reader.templateVersion(found.id, number);
      // Removed since it was found: the next try reports that.
      if (stored === undefined) throw new StoreError('not-found', `template ${name} is gone`);
      return stored;
    };
    const rendered = await this.#engine.fill({ key: `${found.id}@${number}`, load }, variables, accountId);
    if (!('problem' in rendered)) return rendered;
    const { at, problem } = rendered;
    if (at.startsWith('variables.'))
      return refuse(at, `template ${name}: variable ${at.slice('variables.'.length)} ${problem}`);
    if (at === 'template') return refuse(at, `template ${name} ${problem}`);
    return refuse(at === 'variables' ? at : 'template', `template ${name}: ${at}: ${problem}`);
  }
}

export function isRendered(value: Rendered | TemplateRefusal): value is Rendered {
  return !('refusal' in value);
}

function refuse(field: string, text: string): TemplateRefusal {
  return { field, refusal: text.replace(/[^\x20-\x7e]/g, '?').slice(0, 400) };
}
