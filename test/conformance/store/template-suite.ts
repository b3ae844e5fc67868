/** Templates and their versions. */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { NewTemplate, TemplateVersion } from '../../../src/store/templates.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { defaultAccountId } from './fixtures.ts';

const version = (parts: Partial<TemplateVersion> = {}): Omit<TemplateVersion, 'version'> => ({
  subject: 'Hello {{ name }}',
  html: '<p>{{ name }}</p>',
  text: undefined,
  variables: [{ name: 'name', required: true }],
  createdAtMs: systemClock.now(),
  ...parts,
});

const template = async (store: OpenedStore, parts: Partial<NewTemplate> = {}): Promise<NewTemplate> => ({
  id: makeId('tpl_', systemClock.now(), systemRandom),
  accountId: await defaultAccountId(store),
  name: 'welcome',
  createdAtMs: systemClock.now(),
  first: version(),
  ...parts,
});

export function describeTemplates(engine: Engine): void {
  describe('templates', () => {
    const bench = benchFor(engine);

    it('are found by name and id, with their first version', async () => {
      const store = await bench().open();
      const added = await template(store);
      await store.templates.addTemplate(added, 'test');
      for (const idOrName of ['welcome', added.id]) {
        expect(await store.templates.findTemplate(added.accountId, idOrName)).toEqual({
          id: added.id,
          accountId: added.accountId,
          name: 'welcome',
          latestVersion: 1,
          createdAtMs: Math.round(added.createdAtMs),
        });
      }
      expect(await store.templates.templateVersion(added.id, 1)).toMatchObject({
        version: 1,
        subject: 'Hello {{ name }}',
        html: '<p>{{ name }}</p>',
        text: undefined,
        variables: [{ name: 'name', required: true }],
      });
      expect(await store.templates.findTemplate('acc_other', added.id)).toBeUndefined();
    });

    it('keep earlier versions as they were', async () => {
      const store = await bench().open();
      const added = await template(store);
      await store.templates.addTemplate(added, 'test');
      const changed = version({ html: undefined, text: 'now', variables: [] });
      expect(await store.templates.addTemplateVersion(added.id, changed, 'test')).toBe(2);
      expect((await store.templates.findTemplate(added.accountId, 'welcome'))?.latestVersion).toBe(2);
      expect((await store.templates.templateVersion(added.id, 1))?.html).toBe('<p>{{ name }}</p>');
      expect(await store.templates.templateVersion(added.id, 2)).toMatchObject({
        text: 'now',
        html: undefined,
      });
      expect(await store.templates.templateVersion(added.id, 3)).toBeUndefined();
    });

    it('have a name of their own in the account', async () => {
      const store = await bench().open();
      await store.templates.addTemplate(await template(store), 'test');
      await expect(store.templates.addTemplate(await template(store), 'test')).rejects.toMatchObject({
        code: 'conflict',
      });
      await store.templates.addTemplate(await template(store, { name: 'another' }), 'test');
      const names = (await store.templates.listTemplates(await defaultAccountId(store))).map(
        ({ name }) => name,
      );
      expect(names).toEqual(['another', 'welcome']);
    });

    it('go with all their versions', async () => {
      const store = await bench().open();
      const added = await template(store);
      await store.templates.addTemplate(added, 'test');
      await store.templates.addTemplateVersion(added.id, version(), 'test');
      await store.templates.removeTemplate(added.id, 1, 'test');
      expect(await store.templates.findTemplate(added.accountId, 'welcome')).toBeUndefined();
      expect(await store.templates.templateVersion(added.id, 2)).toBeUndefined();
      await expect(store.templates.removeTemplate(added.id, 1, 'test')).rejects.toMatchObject({
        code: 'not-found',
      });
      await expect(store.templates.addTemplateVersion(added.id, version(), 'test')).rejects.toMatchObject({
        code: 'not-found',
      });
      await store.templates.addTemplate(await template(store), 'test');
      expect((await store.templates.findTemplate(added.accountId, 'welcome'))?.latestVersion).toBe(1);
    });
  });
}
