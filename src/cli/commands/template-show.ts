/** `relayctl template show`: everything in one version of a template. */
import { visible } from '../../platform/visible-text.ts';
import { templateJson } from '../../api-json/template-json.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findTemplate, pageOf, variableWords } from '../input/template-input.ts';

export const templateShow: CommandSpec = {
  path: 'template show',
  summary: 'Show a template',
  arguments: '<name>',
  examples: [
    { type: 'template show welcome', does: 'its latest version' },
    { type: 'template show welcome@2', does: 'an earlier one' },
    { type: 'template show welcome --json | jq -r .html > welcome.html', does: 'the HTML, to change it' },
  ],
  run: showTemplate,
};

async function showTemplate(context: CommandContext, input: CommandInput): Promise<void> {
  const { template, version } = await findTemplate(context, input.arguments[0] ?? '');
  if (context.global.json) {
    context.printJson(templateJson(template, version));
    return;
  }
  const { paint } = context;
  const heading = (words: string) => paint.name(words);
  const lines = [
    `${heading(`${template.name}@${version.version}`)}  ${template.id}  latest version: ${template.latestVersion}`,
    `Variables: ${visible(variableWords(version.variables))}`,
  ];
  if (version.subject !== undefined) lines.push(`Subject:   ${visible(version.subject)}`);
  if (version.text !== undefined) lines.push('', heading('Text'), pageOf(version.text));
  if (version.html !== undefined) lines.push('', heading('HTML'), pageOf(version.html));
  if (version.text === undefined) lines.push('', 'The text part is derived from the HTML.');
  context.print(lines.join('\n'));
}
