/** Templates on the command line. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
  stage.files = {
    'welcome.html': '<p>Hello {{ name }}</p>',
    'welcome.txt': 'Hello {{ name }}{% if note %}: {{ note }}{% endif %}\n',
    'vars.json': '{"name": "Ada & Bob", "note": "hi"}',
    'broken.html': '{{ name',
    'list.json': '[1]',
  };
});
afterEach(async () => await stage.dispose());

const add = (...more: string[]) =>
  stage.json('template', 'add', 'welcome', '--subject', 'Hi {{ name }}', '--html', 'welcome.html', ...more);

test('what is added is listed, shown and filled', async () => {
  expect(await add()).toMatchObject({
    name: 'welcome',
    version: 1,
    latest_version: 1,
    subject: 'Hi {{ name }}',
    html: '<p>Hello {{ name }}</p>',
    text: null,
    variables: [{ name: 'name', required: true }],
    created_at: '2026-11-24T06:12:31.000Z',
  });
  expect(await stage.jsonLines('template', 'list')).toMatchObject([
    { name: 'welcome', version: 1, account: 'default' },
  ]);
  expect(await stage.text('template', 'list')).toContain('welcome');
  const shown = await stage.text('template', 'show', 'welcome');
  expect(shown).toContain('Subject:   Hi {{ name }}');
  expect(shown).toContain('derived from the HTML');
  expect(await stage.json('template', 'render', 'welcome', '--set', 'name=<Ada>')).toEqual({
    subject: 'Hi <Ada>',
    html: '<p>Hello &lt;Ada&gt;</p>',
    text: 'Hello <Ada>\n',
  });
  expect(
    await stage.text('template', 'render', 'welcome', '--set', 'name=Ada, Eve', '--part', 'text'),
  ).toContain('Hello Ada, Eve');
});

test('adding it again makes a new version; the earlier one stays', async () => {
  await add();
  const second = ['--text', 'welcome.txt', '--variable', 'name', '--variable', 'note?'];
  expect(await add(...second)).toMatchObject({
    version: 2,
    variables: [
      { name: 'name', required: true },
      { name: 'note', required: false },
    ],
  });
  expect(await stage.json('template', 'show', 'welcome@1')).toMatchObject({ version: 1, text: null });
  expect(await stage.json('template', 'show', 'welcome')).toMatchObject({ version: 2, latest_version: 2 });
  expect(
    await stage.text('template', 'render', 'welcome', '--variables', 'vars.json', '--part', 'text'),
  ).toBe('Hello Ada & Bob: hi\n');
  expect(await stage.text('template', 'render', 'welcome', '--set', 'name=Eve', '--part', 'text')).toBe(
    'Hello Eve\n',
  );
});

test('it goes with all its versions, after a question', async () => {
  await add();
  expect((await stage.run(['template', 'remove', 'welcome'])).code).toBe(2);
  expect((await stage.run(['template', 'remove', 'welcome'], { answer: 'n' })).code).toBe(1);
  expect(await stage.json('template', 'remove', 'welcome', '--yes')).toMatchObject({ removed: true });
  expect((await stage.run(['template', 'show', 'welcome'])).code).toBe(1);
});

test.each([
  [['template', 'add', 'welcome'], 2, /--html or --text/],
  [['template', 'add', 'no name', '--html', 'welcome.html'], 2, /cannot be the name/],
  [['template', 'add', 'tpl_1', '--html', 'welcome.html'], 2, /cannot be the name/],
  [['template', 'add', 'x', '--html', 'missing.html'], 1, /there is no file missing\.html/],
  [['template', 'add', 'x', '--html', 'broken.html'], 1, /html: output "\{\{ name" not closed/],
  [
    ['template', 'add', 'x', '--html', 'welcome.html', '--variable', 'other'],
    1,
    /variables\.name: is used, but not/,
  ],
  [['template', 'show', 'other'], 1, /there is no template other/],
  [['template', 'show', 'welcome@7'], 1, /no version 7/],
  [['template', 'show', 'welcome@x'], 2, /names no version/],
  [['template', 'render', 'welcome'], 1, /variables\.name: is missing/],
  [
    ['template', 'render', 'welcome', '--set', 'name=a', '--set', 'b=c'],
    1,
    /variables\.b: is not a variable/,
  ],
  [['template', 'render', 'welcome', '--set', 'name'], 2, /not name=value/],
  [['template', 'render', 'welcome', '--variables', 'list.json'], 1, /not a JSON object/],
  [['template', 'render', 'welcome', '--variables', 'broken.html'], 1, /not JSON/],
])('%s is refused', async (args, code, words) => {
  await add();
  const ran = await stage.run(args);
  expect(ran.err).toMatch(words);
  expect(ran.code).toBe(code);
});
