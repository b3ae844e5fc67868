/** A template as it is edited: to fields and back, and where an error of the engine points to. */
import { expect, test } from 'vitest';
import { parseTemplate } from '../../src/template/template.ts';
import { sourceProblem } from '../../src/template/source-limits.ts';
import type { Template } from '../../src/ui/api/answers.ts';
import {
  bodyOf,
  draftOf,
  EMPTY_DRAFT,
  exampleValues,
  isSameDraft,
  lineBounds,
  lineOf,
  variablesOf,
  versionsToChoose,
} from '../../src/ui/pure/template-draft.ts';

const TEMPLATE: Template = {
  ...{ id: 'tpl_1', name: 'welcome', version: 2, latest_version: 3, created_at: '2026-11-24T06:00:00Z' },
  ...{ subject: 'Welcome, {{ name }}', html: null, text: 'Hello {{ name }}' },
  variables: [
    { name: 'name', required: true },
    { name: 'code', required: false },
  ],
};

test('a template comes back from its fields as it was', () => {
  const draft = draftOf(TEMPLATE);
  expect(draft.variables).toBe('name\ncode?');
  const { subject, text, variables } = TEMPLATE;
  expect(bodyOf(draft)).toEqual({ subject, text, variables });
  expect(isSameDraft(draft, draftOf(TEMPLATE))).toBe(true);
  expect(isSameDraft(draft, { ...draft, html: '<p>' })).toBe(false);
  expect(bodyOf(EMPTY_DRAFT)).toEqual({});
  expect(bodyOf({ ...EMPTY_DRAFT, variables: '\n a ?\n\n b\n' }).variables).toEqual([
    { name: 'a', required: false },
    { name: 'b', required: true },
  ]);
});

test('the line is found in what the engine says', () => {
  const broken = parseTemplate(
    { html: '<p>\n{{ a | nope }}', text: undefined, subject: undefined },
    undefined,
  );
  expect(lineOf((broken as { problem: string }).problem)).toBe(2);
  const nested = sourceProblem(`\n\n{{ a${' | upcase'.repeat(60)} }}`);
  expect(lineOf(nested ?? '')).toBe(3);
  expect(lineOf('is not one line once it is filled')).toBeUndefined();
});

test('a line is selected whole, without its end; the last one where there are fewer', () => {
  const text = 'one\ntwo\n\nfour';
  const lines = [1, 2, 3, 4, 9].map((line) => text.slice(...lineBounds(text, line)));
  expect(lines).toEqual(['one', 'two', '', 'four', 'four']);
  expect(lineBounds('', 1)).toEqual([0, 0]);
});

test('values are an object of JSON', () => {
  expect(variablesOf('{"a": [1]}')).toEqual({ a: [1] });
  expect(variablesOf(' ')).toEqual({});
  for (const wrong of ['[]', '1', 'null', '"x"', '{', '{a:1}'])
    expect(variablesOf(wrong), wrong).toBeUndefined();
  expect(variablesOf(exampleValues(TEMPLATE))).toEqual({ name: 'name', code: 'code' });
});

test('versions to choose: the newest 200, and the one shown', () => {
  expect(versionsToChoose(2, 3)).toEqual([3, 2, 1]);
  const many = versionsToChoose(5, 10_000);
  expect(many).toHaveLength(201);
  expect([many[0], many.at(-1)]).toEqual([10_000, 5]);
});
