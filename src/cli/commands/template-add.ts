/** `relayctl template add`: a template, or a new version of one that is there. */
import { putTemplate, type TemplateDraft } from '../../admin/templates.ts';
import { templateJson } from '../../api-json/template-json.ts';
import type { TemplateVariable } from '../../store/templates.ts';
import { adminContext } from '../program/admin-context.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { readText } from '../input/text-file.ts';
import { findTemplate, variableWords } from '../input/template-input.ts';

export const templateAdd: CommandSpec = {
  path: 'template add',
  summary: 'Add a template, or a new version of one',
  arguments: '<name>',
  details:
    'Templates are written in Liquid: {{ name }}, {% if %}, {% for %}, filters. Values of variables are escaped in HTML. ' +
    'Without --text the text part is derived from the HTML. Without --variable every variable used is required. Earlier ' +
    'versions remain: messages select one as name@2.',
  options: [
    { flags: '--subject <line>', meaning: 'the subject (default: that of the message)' },
    { flags: '--html <file>', meaning: 'the HTML part; - reads standard input' },
    { flags: '--text <file>', meaning: 'the text part; - reads standard input' },
    {
      flags: '--variable <name>',
      meaning: 'a required variable; with a question mark, an optional one',
      repeats: true,
    },
  ],
  examples: [
    {
      type: "template add welcome --subject 'Welcome, {{ name }}' --html welcome.html",
      does: 'the text part is derived',
    },
    {
      type: "template add receipt --text receipt.txt --variable order --variable 'note?'",
      does: 'with declared variables, one of them optional',
    },
  ],
  run: add,
};

const MAX_FILE_BYTES = 4 * 1024 * 1024;

async function add(context: CommandContext, input: CommandInput): Promise<void> {
  const name = input.arguments[0] ?? '';
  const draft = await readDraft(context, input);
  const admin = { ...(await adminContext(context)), templateEngine: await context.templateEngine() };
  const account = await context.account();
  const saved = unlessRefused(await putTemplate({ accountId: account.id, name, draft }, admin));
  const { version } = await findTemplate(context, `${name}@${saved.latestVersion}`);
  if (context.global.json) context.printJson(templateJson(saved, version));
  else
    context.print(
      `Added ${name}@${saved.latestVersion} to account ${account.name}. Variables: ${variableWords(version.variables)}.`,
    );
}

async function readDraft(context: CommandContext, { options }: CommandInput): Promise<TemplateDraft> {
  const [html, text] = [options.text('html'), options.text('text')];
  if (html === undefined && text === undefined)
    throw usage('a template needs --html or --text', 'give a file with one of them: --html welcome.html');
  if (html === '-' && text === '-') throw usage('standard input can be only one of --html and --text');
  const variables = options.list('variable').map((given): TemplateVariable => {
    const required = !given.endsWith('?');
    return { name: required ? given : given.slice(0, -1), required };
  });
  return {
    subject: options.text('subject'),
    html: html === undefined ? undefined : await readText(context, html, MAX_FILE_BYTES),
    text: text === undefined ? undefined : await readText(context, text, MAX_FILE_BYTES),
    variables: variables.length === 0 ? undefined : variables,
  };
}
