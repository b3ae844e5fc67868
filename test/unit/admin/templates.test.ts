/** Templates: names, what cannot be filled, versions. */
import { expect, test } from 'vitest';
import {
  addTemplate,
  changeTemplate,
  findTemplate,
  putTemplate,
  removeTemplate,
  tryTemplate,
} from '../../../src/admin/templates.ts';
import { engineInProcess } from '../../support/template-engine.ts';
import { adminStage, done, refusal } from './support/admin-stage.ts';

const draft = (text: string) => ({ subject: undefined, html: undefined, text, variables: undefined });

test.each(['', 'tpl_1', 'no name', '.x', 'x'.repeat(65)])('cannot be called %j', async (name) => {
  const { context, account } = adminStage();
  const input = { accountId: account.id, name, draft: draft('x') };
  expect(refusal(await addTemplate(input, context))).toContain('invalid name:');
  expect(refusal(await putTemplate(input, context))).toContain('invalid name:');
});

test('is added once; put makes a version of what is there', async () => {
  const { context, account } = adminStage();
  const input = { accountId: account.id, name: 'hello', draft: draft('Hi {{ name }}') };
  const added = done(await addTemplate(input, context));
  expect(refusal(await addTemplate(input, context))).toContain('conflict name:');
  expect(done(await putTemplate(input, context))).toMatchObject({ id: added.id, latestVersion: 2 });
  expect(done(await changeTemplate(added, draft('x'), context)).latestVersion).toBe(3);
  await removeTemplate(added, context);
  expect(await findTemplate(context.reader, account.id, 'hello', undefined)).toBeUndefined();
});

test('that cannot be filled is not kept, and says where', async () => {
  const { context, account } = adminStage();
  const broken = { accountId: account.id, name: 'hello', draft: draft('{{ name') };
  expect(refusal(await addTemplate(broken, context))).toContain('template-refused text: text:');
  expect(await context.reader.listTemplates(account.id)).toEqual([]);
});

test('is tried with the variables of a message', async () => {
  const { context, account } = adminStage();
  const input = { accountId: account.id, name: 'hello', draft: draft('Hi {{ name }}') };
  done(await addTemplate(input, context));
  const found = (await findTemplate(context.reader, account.id, 'hello', undefined))!;
  const engine = engineInProcess();
  expect(done(await tryTemplate(found, { name: 'Ada' }, engine)).text).toContain('Hi Ada');
  expect(refusal(await tryTemplate(found, {}, engine))).toContain('template-refused variables.name:');
});
