/** `relayctl template render`: what a message would get, without sending one. */
import { visible } from '../../platform/visible-text.ts';
import { tryTemplate } from '../../admin/templates.ts';
import { renderedJson } from '../../api-json/template-json.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { readText } from '../input/text-file.ts';
import { findTemplate, pageOf } from '../input/template-input.ts';

export const templateRender: CommandSpec = {
  path: 'template render',
  summary: 'Render a template without sending it',
  arguments: '<name>',
  options: [
    { flags: '--set <name=value>', meaning: 'a text variable', repeats: 'whole' },
    { flags: '--variables <file>', meaning: 'a JSON object of all variables; - reads standard input' },
    { flags: '--part <part>', meaning: 'print only this part: subject, text or html' },
  ],
  examples: [
    { type: 'template render welcome --set name=Ada --set code=4711', does: 'subject, text and HTML' },
    {
      type: 'template render receipt@2 --variables order.json --part html > out.html',
      does: 'the HTML part, to a file',
    },
  ],
  run: renderTemplateCommand,
};

const MAX_FILE_BYTES = 4 * 1024 * 1024;

async function renderTemplateCommand(context: CommandContext, input: CommandInput): Promise<void> {
  const part = input.options.choice('part', ['subject', 'text', 'html']);
  const variables = await readVariables(context, input);
  const found = await findTemplate(context, input.arguments[0] ?? '');
  const rendered = unlessRefused(await tryTemplate(found, variables, await context.templateEngine()));
  if (context.global.json) {
    context.printJson(renderedJson(rendered));
    return;
  }
  if (part !== undefined) {
    context.printDocument(rendered[part] ?? '');
    return;
  }
  const { paint } = context;
  const lines: string[] = [];
  if (rendered.subject !== undefined) lines.push(`Subject: ${visible(rendered.subject)}`, '');
  lines.push(paint.name('Text'), pageOf(rendered.text));
  if (rendered.html !== undefined) lines.push('', paint.name('HTML'), pageOf(rendered.html));
  context.print(lines.join('\n'));
}

async function readVariables(
  context: CommandContext,
  { options }: CommandInput,
): Promise<Record<string, unknown>> {
  const file = options.text('variables');
  const variables =
    file === undefined ? {} : parseObject(file, await readText(context, file, MAX_FILE_BYTES));
  for (const given of options.list('set')) {
    const equals = given.indexOf('=');
    if (equals < 1) throw usage(`--set ${given} is not name=value`);
    variables[given.slice(0, equals)] = given.slice(equals + 1);
  }
  return variables;
}

function parseObject(file: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CliFailure('wrong-input', `${file} is not JSON: ${(cause as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CliFailure('wrong-input', `${file} is not a JSON object, such as {"name": "Ada"}`);
  return { ...value };
}
