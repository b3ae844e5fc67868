/**
 * relay.toml(5), from the comments of config/relay.toml, which stand before the keys that they explain, and from the table of
 * keys: what each accepts, its default, its environment variable.
 */
import { isSettingKey, SETTINGS, variableName, type SettingKey } from '../../config/settings.ts';
import { visibleJson } from '../../platform/visible-text.ts';
import type { ManualPage } from './command-pages.ts';
import { bold, escaped, paragraph, paragraphs, prose, section, subsection, term, title } from './roff.ts';

interface Block {
  /** Empty: before the first section. */
  readonly section: string;
  readonly comment: string;
  readonly keys: readonly SettingKey[];
  /** Of a table in a list, as the file has them: `port = 587`. */
  readonly examples: readonly string[];
}

/** `shipped`: the text of config/relay.toml, where every key is commented out. */
export function configPage(shipped: string, version: string): ManualPage {
  const { head, blocks } = read(shipped);
  const sections = Map.groupBy(blocks, ({ section: name }) => name);
  return {
    file: 'relay.toml.5',
    roff: [
      title('relay.toml', 5, version),
      section('name', String.raw`relay.toml \- configuration of the Postern mail relay`, '\n'),
      section('synopsis', `${bold('/etc/postern/relay.toml')}\n`),
      section('description', paragraphs(head)),
      section(
        'keys',
        ...[...sections].map(([name, all]) => subsection(sectionTitle(name), ...all.map(blockRoff))),
      ),
      section('see also', `${bold('relayd')}(8), ${bold('relayctl')}(1), ${bold('relayctl-config')}(1)\n`),
    ].join(''),
  };
}

function sectionTitle(name: string): string {
  if (name === '') return 'Of the relay';
  return bold(isSettingKey(name) ? `[[${name}]]` : `[${name}]`);
}

function blockRoff({ comment, keys, examples }: Block): string {
  return [
    comment === '' ? '' : paragraph(prose(comment)),
    ...keys.map(keyTerm),
    ...examples.map((example) => term(bold(example.split(' ', 1)[0] ?? ''), escaped(example))),
  ].join('');
}

function keyTerm(key: SettingKey): string {
  const { kind, default: value, defaultInWords, secret } = SETTINGS[key];
  const fallback = value === undefined ? escaped(defaultInWords ?? 'none') : bold(toml(value));
  const variable = secret ? `${variableName(key)} or ${variableName(key)}_FILE` : variableName(key);
  return term(
    bold(key),
    `${prose(kind.accepted)}. Default: ${fallback}.\n.br\nEnvironment: ${escaped(variable)}.`,
  );
}

function toml(value: string | number | boolean | readonly string[]): string {
  if (typeof value === 'object') return visibleJson(value);
  return typeof value === 'string' ? `"${value}"` : String(value);
}

function read(shipped: string): { readonly head: string; readonly blocks: readonly Block[] } {
  const [first = '', ...parts] = shipped.split(/\n{2,}|\n(?=\[)/);
  const blocks: Block[] = [];
  let name = '';
  for (const part of parts) {
    let comment: string[] = [];
    let keys: SettingKey[] = [];
    let examples: string[] = [];
    const end = () => {
      if (comment.length + keys.length + examples.length > 0)
        blocks.push({ section: name, comment: comment.join(' '), keys, examples });
      [comment, keys, examples] = [[], [], []];
    };
    for (const line of part.split('\n')) {
      const [, table] = /^#?\[\[?([\w.]+)\]\]?$/.exec(line) ?? [];
      const [, word = ''] = /^#([\w.]+) = /.exec(line) ?? [];
      const [, example] = /^# {2}([\w.]+ = .*)$/.exec(line) ?? [];
      const key = name === '' ? word : `${name}.${word}`;
      if (table !== undefined) {
        // What stands before the first table of a list is about the list.
        if (isSettingKey(table) && table !== name) keys.push(table);
        name = table;
      } else if (isSettingKey(key)) keys.push(key);
      else if (example !== undefined) {
        const isShown = blocks.some(
          ({ section: of, examples: shown }) =>
            of === name && shown.some((one) => one.startsWith(`${example.split(' ', 1)[0] ?? ''} `)),
        );
        if (!isShown) examples.push(example);
      } else if (line.startsWith('# ')) {
        if (keys.length + examples.length > 0) end();
        comment.push(line.slice(2));
      }
    }
    end();
  }
  return { head: headText(first), blocks };
}

/** The opening comment: its sentences as paragraphs, its table of examples as it is. */
function headText(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^#/, ''))
    .reduce((text, line) => {
      const isTable = /^ {2,}/.test(line);
      const wasTable = /\n {4}[^\n]*$/.test(text);
      const before = text === '' || isTable === wasTable ? '\n' : '\n\n';
      return text + before + (isTable ? `    ${line.trim()}` : line.trim());
    }, '')
    .replace(/^\s*#?\s*/, '');
}
