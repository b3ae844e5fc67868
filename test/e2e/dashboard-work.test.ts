/** Statistics, templates and the audit log of the dashboard in a real browser, over canned answers: what they ask for and do. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { axeFindings, chromiumPath, isTooWide, LOOKS, openPage } from './support/browser.ts';
import { browserOverStub } from './support/browser-over-stub.ts';
import { answersOf, HOSTILE_TEXTS } from './support/dashboard-data.ts';

const LOOK = { width: 1280, scheme: 'light' } as const;

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  const at = browserOverStub(10);

  const open = async (address: string, shows: string, look: (typeof LOOKS)[number] = LOOK) => {
    const watched = await openPage(at.browser, look);
    await watched.page.goto(at.stub.url + address);
    await watched.page.locator(shows).first().waitFor();
    return watched;
  };
  const lastQuery = (path: string) =>
    Object.fromEntries(at.stub.requests.findLast((request) => request.path === path)?.query ?? []);
  const sent = (method: string) => at.stub.requests.find((request) => request.method === method);

  describe('statistics', () => {
    it('what is shown is in the address, and asked for as the API takes it', async () => {
      const { page } = await open('/ui/statistics', '.chart canvas');
      await page.getByLabel('By', { exact: true }).selectOption('hour');
      await page.waitForURL(/\?by=hour$/);
      await page.getByLabel('Grouped by').selectOption('tag');
      await page.waitForURL(/by=hour&group=tag$/);
      await page.getByRole('link', { name: 'orders' }).click();
      await page.waitForURL(/by=hour&only=tag&name=orders$/);
      await expect.poll(() => lastQuery('v1/stats')).toMatchObject({ by: 'hour', tag: 'orders' });
      expect(lastQuery('v1/stats')).not.toHaveProperty('group');
      await page.getByLabel('Range').selectOption('Other days');
      await page.getByLabel('First day').fill('2026-11-01');
      await page.getByLabel('Last day').fill('2026-11-30');
      await page.waitForURL(/from=2026-11-01&to=2026-11-30/);
      await expect
        .poll(() => lastQuery('v1/stats'))
        .toMatchObject({ from: '2026-11-01', to: '2026-12-01', tag: 'orders' });
    });

    it('charts say the values of the period that is pointed at; the tables have the same numbers', async () => {
      const { page } = await open('/ui/statistics', '.chart canvas');
      expect(await page.locator('.chart canvas').count()).toBe(4);
      await page.getByRole('img', { name: 'Chart: Messages.' }).hover({ position: { x: 66, y: 60 } });
      const chart = page.locator('.chart').first();
      await chart.getByText('Nov 24, 2026').waitFor();
      const row = page.getByRole('row', { name: /^2026-11-24 / });
      expect(await row.innerText()).toContain('1,204');
      expect(await chart.innerText()).toContain('Accepted 1,204');
    });

    it('what is drawn follows the appearance that is chosen, and the width', async () => {
      const { page, complaints } = await open('/ui/statistics', '.chart canvas');
      const pixels = () =>
        page.evaluate<string>("document.querySelector('.chart canvas').toDataURL('image/png')");
      const light = await pixels();
      await page.getByLabel('Appearance').selectOption('dark');
      await expect.poll(pixels).not.toBe(light);
      await page.setViewportSize({ width: 360, height: 800 });
      await expect.poll(() => isTooWide(page)).toBe(false);
      expect(complaints).toEqual([]);
    });

    it('a CSV file has every number, and no cell is a formula', async () => {
      const { page, complaints } = await open('/ui/statistics?group=tag', '.chart canvas');
      const periods = await kept(page, 'Download CSV: Numbers');
      expect(periods.name).toBe('postern-day-2026-11-24.csv');
      expect(periods.lines).toHaveLength(1 + 24 + 1);
      expect(periods.lines[0]).toMatch(/^at,accepted,delivered,.*,time_to_deliver_p99_ms$/);
      expect(periods.lines[1]).toMatch(/^2026-11-24T06:00:00\.000Z,1204,1180,.*,840,4000,62000$/);
      const tags = await kept(page, 'Download CSV: By tag');
      expect(tags.lines[2]).toMatch(/^"'=HYPERLINK\(""https:\/\/evil\.test""\)",1000,/);
      expect(complaints).toEqual([]);
    });

    it('without the library that draws, the tables are there and say so', async () => {
      const { page } = await openPage(at.browser, LOOK);
      await page.route(/chart-drawing.*\.js/, (route) => route.abort());
      await page.goto(`${at.stub.url}/ui/statistics`);
      await page.getByText('The charts could not be loaded.').first().waitFor();
      await page.getByRole('row', { name: /^2026-11-24 / }).waitFor();
    });
  });

  describe('templates', () => {
    const refused = (field: string, message: string) => ({
      status: 422,
      body: {
        error: {
          ...{ code: 'template-refused', message: `${field}: ${message}`, field },
          errors: [{ field, message }],
        },
      },
    });

    it('a new version is saved; what the engine says stands at its field, and leads to the line', async () => {
      const { page } = await open('/ui/templates/tpl_0', 'pre.code');
      await page.getByRole('tab', { name: 'Edit' }).click();
      await page.getByLabel('Text').fill('Hello\n{{ name | nope }}\nBye');
      at.stub.answering = ({ method }) =>
        method === 'PUT' ? refused('text', 'undefined filter: nope, line:2, col:1') : undefined;
      await page.getByRole('button', { name: 'Save new version' }).click();
      await page.getByText('undefined filter: nope, line:2, col:1').waitFor();
      expect(await page.getByLabel('Text').getAttribute('aria-invalid')).toBe('true');
      expect(await axeFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'Go to line 2' }).press('Enter');
      expect(await page.evaluate('window.getSelection().toString()')).toBe('{{ name | nope }}');
      at.stub.answering = ({ method }) =>
        method === 'PUT' ? refused('variables.who', 'is used, but not declared') : undefined;
      await page.getByRole('button', { name: 'Save new version' }).click();
      await page.getByText('variables.who: is used, but not declared').waitFor();
      at.stub.answering = () => undefined;
      await page.getByRole('button', { name: 'Save new version' }).click();
      await page.getByText('welcome-0 has version 4 now.').waitFor();
      // The focus is where it was.
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Save new version');
      expect(at.stub.requests.findLast(({ method }) => method === 'PUT')).toMatchObject({
        path: 'v1/templates/tpl_0',
        body: {
          subject: 'Welcome, {{ name }}',
          html: '<p>Hello {{ name }}</p>',
          text: 'Hello\n{{ name | nope }}\nBye',
          variables: [
            { name: 'name', required: true },
            { name: 'code', required: false },
          ],
        },
      });
    });

    it('what was typed is kept while one looks at the preview, and discarded on demand', async () => {
      const { page } = await open('/ui/templates/tpl_0', 'pre.code');
      await page.getByRole('tab', { name: 'Edit' }).click();
      await page.getByLabel('Subject').fill('Other');
      await page.getByRole('tab', { name: 'Preview' }).click();
      await page.getByText('There are changes that are not saved.').waitFor();
      await page.getByRole('tab', { name: 'Edit' }).click();
      expect(await page.getByLabel('Subject').inputValue()).toBe('Other');
      await page.getByRole('button', { name: 'Discard changes' }).click();
      expect(await page.getByLabel('Subject').inputValue()).toBe('Welcome, {{ name }}');
    });

    it('asks before what was typed is lost by a link', async () => {
      const { page } = await open('/ui/templates/tpl_0', 'pre.code');
      await page.getByRole('tab', { name: 'Edit' }).click();
      await page.getByLabel('Subject').fill('Other');
      await page.getByRole('link', { name: 'Overview' }).press('Enter');
      await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.press('Escape');
      expect(await page.getByLabel('Subject').inputValue()).toBe('Other');
      await page.getByRole('link', { name: 'Overview' }).press('Enter');
      await page.getByRole('dialog').getByRole('button', { name: 'Discard changes' }).click();
      await page.waitForURL(/\/ui\/$/);
      await page.locator('.cards').first().waitFor();
    });

    it('a preview says what is missing, and asks anew with the next value', async () => {
      const { page } = await open('/ui/templates/tpl_0', 'pre.code');
      at.stub.answering = ({ path, body }) =>
        path.endsWith('/render') && !JSON.stringify(body).includes('Ada')
          ? refused('variables.name', 'is missing')
          : undefined;
      await page.getByRole('tab', { name: 'Preview' }).click();
      await page.getByText('variables.name: is missing').waitFor();
      await page.getByLabel('Values of the variables').fill('{"name": "Ada"}');
      await page.getByText('Welcome, Ada').waitFor();
    });

    it('a preview follows the values as they are typed; what is no JSON is not asked for', async () => {
      const { page } = await open('/ui/templates/tpl_0?version=2', 'pre.code');
      await page.getByRole('tab', { name: 'Preview' }).click();
      await page.getByText('Welcome, name').waitFor();
      await page.getByLabel('Values of the variables').fill('{"name": "Ada"}');
      await page.getByText('Welcome, Ada').waitFor();
      expect(at.stub.requests.at(-1)).toMatchObject({
        path: 'v1/templates/tpl_0/render',
        body: { variables: { name: 'Ada' }, version: 2 },
      });
      const asked = at.stub.requests.length;
      await page.getByLabel('Values of the variables').fill('{"name": ');
      await page.getByText('This is no JSON object').waitFor();
      await page.getByText('Welcome, Ada').waitFor({ state: 'detached' });
      expect(at.stub.requests).toHaveLength(asked);
    });

    it('an older version is in the address', async () => {
      const { page } = await open('/ui/templates/tpl_0', 'pre.code');
      await page.getByLabel('Version').focus();
      await page.getByLabel('Version').selectOption('2 of 3');
      await page.waitForURL(/tpl_0\?version=2$/);
      await expect.poll(() => lastQuery('v1/templates/tpl_0')).toEqual({ version: '2' });
      await page.getByRole('tab', { name: 'Edit' }).click();
      await page.getByText('This begins with version 2.').waitFor();
      await page.getByLabel('Version').focus();
      await page.keyboard.press('ArrowUp');
      await expect.poll(() => lastQuery('v1/templates/tpl_0')).toEqual({});
      await page.getByText('This begins with version 2.').waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.tagName')).toBe('SELECT');
    });

    it('one is added by keyboard alone, and its page is shown', async () => {
      const { page } = await open('/ui/templates', 'tbody a');
      await page.getByRole('link', { name: 'Add template' }).press('Enter');
      await page.getByLabel('Name').focus();
      await page.keyboard.type('receipt');
      await page.keyboard.press('Tab');
      await page.keyboard.type('Your order');
      await page.keyboard.press('Tab');
      await page.keyboard.type('Thanks');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByText('receipt is added.').waitFor();
      await page.waitForURL(/\/ui\/templates\/tpl_0$/);
      expect(sent('POST')?.body).toEqual({ name: 'receipt', subject: 'Your order', text: 'Thanks' });
    });

    it('one is removed after it was asked', async () => {
      const { page } = await open('/ui/templates/tpl_0', 'pre.code');
      await page.getByRole('button', { name: 'Remove' }).click();
      expect(sent('DELETE')).toBeUndefined();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.getByText('welcome-0 is removed.').waitFor();
      await page.waitForURL(/\/ui\/templates$/);
      expect(sent('DELETE')?.path).toBe('v1/templates/tpl_0');
    });

    it.each(LOOKS)('every view, also of hostile texts, at $width px, $scheme', async (look) => {
      at.stub.answering = answersOf(HOSTILE_TEXTS.length, HOSTILE_TEXTS);
      const { page, complaints } = await open('/ui/templates/tpl_0', 'pre.code', look);
      for (const [name, shows] of [
        ['Preview', '.rendered pre'],
        ['Edit', 'textarea[name=html]'],
        ['Source', 'pre.code'],
      ] as const) {
        await page.getByRole('tab', { name }).click();
        await page.locator(shows).first().waitFor();
        expect(await axeFindings(page), name).toEqual([]);
        expect(await isTooWide(page), name).toBe(false);
        expect(await page.locator('#app script, #app img, #app iframe').count(), name).toBe(0);
      }
      expect(await page.evaluate('window.broken')).toBeUndefined();
      expect(complaints).toEqual([]);
    });

    it('a role that only reads sees the source alone', async () => {
      const { page } = await open('/ui/templates', 'tbody a');
      await page.getByLabel('Account').selectOption({ label: 'blog' });
      await page.getByRole('link', { name: 'welcome-1' }).click();
      await page.locator('pre.code').first().waitFor();
      expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Source']);
      expect(await page.getByRole('button', { name: 'Remove' }).count()).toBe(0);
    });
  });

  describe('audit log', () => {
    it('is filtered by action, key and time in the address; oneself is named', async () => {
      const { page } = await open('/ui/audit', 'tbody tr');
      await page.getByText('Olga (you)').waitFor();
      await page.getByText('user:usr_2').waitFor();
      await page.getByLabel('Action').fill('suppression');
      await page.waitForURL(/\?action=suppression$/);
      await page.getByLabel('By credential').fill('crd_1');
      await page.waitForURL(/credential=crd_1$/);
      await page.getByLabel('Since').fill('2026-11-24T06:00');
      await page.waitForURL(/since=2026-11-24T/);
      await expect
        .poll(() => lastQuery('v1/audit'))
        .toMatchObject({
          action: 'suppression',
          credential: 'crd_1',
          since: expect.stringContaining('T') as string,
        });
    });

    it.each(LOOKS)('has all of a line in a dialog, at $width px, $scheme', async (look) => {
      at.stub.answering = answersOf(HOSTILE_TEXTS.length, HOSTILE_TEXTS);
      const { page, complaints } = await open('/ui/audit', 'tbody tr', look);
      for (const index of HOSTILE_TEXTS.keys()) {
        await page
          .getByRole('button', { name: /^Details of/ })
          .nth(index)
          .press('Enter');
        await page.getByRole('dialog').waitFor();
        expect(await isTooWide(page)).toBe(false);
        if (index === 0) expect(await axeFindings(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      expect(complaints).toEqual([]);
    });

    it('is for administrators: others are not led there, and nothing is asked', async () => {
      const { page } = await open('/ui/audit', 'tbody tr');
      const asked = () => at.stub.requests.filter(({ path }) => path === 'v1/audit').length;
      const before = asked();
      await page.getByLabel('Account').selectOption({ label: 'blog' });
      await page.getByText('The audit log is for administrators of the account.').waitFor();
      expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
      expect(asked()).toBe(before);
    });
  });
});

/** The file that the button of this name lets one keep. */
async function kept(page: Page, button: string) {
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  const download = await waiting;
  return {
    name: download.suggestedFilename(),
    lines: readFileSync(await download.path(), 'utf8').split('\r\n'),
  };
}
