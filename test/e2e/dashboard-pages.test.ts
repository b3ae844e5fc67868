/**
 * Every page of the dashboard in a real browser, over canned answers: at 360 and 1280 px, light and dark, with ordinary and with
 * hostile data. Nothing that the browser complains of, nothing serious that axe-core finds, nothing that stands out to the side.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { axeFindings, chromiumPath, isTooWide, LOOKS, openPage } from './support/browser.ts';
import { browserOverStub } from './support/browser-over-stub.ts';
import { answersOf, HOSTILE_TEXTS } from './support/dashboard-data.ts';
import { DIST } from './support/dashboard-stub.ts';

/** In kB of 1,000 octets, gzipped: all that a browser loads. */
const MOST_KB = 120;

it('all that a browser loads is under 120 kB gzipped', () => {
  const files = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map((entry) => ({
    name: entry.name,
    kb: gzipSync(readFileSync(path.join(entry.parentPath, entry.name))).length / 1_000,
  }));
  const total = sizes.reduce((sum, { kb }) => sum + kb, 0);
  console.log(`dashboard: ${total.toFixed(1)} kB gzipped in ${files.length} files`);
  expect(sizes.map(({ name }) => name)).toEqual(expect.arrayContaining(['index.html']));
  expect(sizes.filter(({ name }) => name.endsWith('.map'))).toEqual([]);
  expect(total).toBeLessThan(MOST_KB);
});

it('nothing in the page comes from elsewhere or is inline', () => {
  const html = readFileSync(path.join(DIST, 'index.html'), 'utf8');
  expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1])).toEqual(
    expect.arrayContaining([expect.stringMatching(/^\/ui\/assets\/.*\.js$/)]),
  );
  expect(/(?:src|href)="(?!\/ui\/assets\/)/.exec(html)).toBeNull();
  expect(/<style|style="|<script(?![^>]*\ssrc=)| on\w+=/.exec(html)).toBeNull();
});

const STATISTICS_OF_ONE = '/ui/statistics?from=2026-11-24&to=2026-12-17&only=tag&name=orders';

const PAGES = [
  ['overview', '/ui/', '.short-list a'],
  ['messages', '/ui/messages', 'tbody a'],
  ['messages with filters', '/ui/messages?search=order&stream=transactional', 'tbody a'],
  ['message', '/ui/messages/msg_0', '.trace .attempts'],
  ['suppressions', '/ui/suppressions', 'tbody tr'],
  ['check of a suppression', '/ui/suppressions?check=gone%40recipient.test', '.rules li'],
  ['templates', '/ui/templates', 'tbody a'],
  ['template', '/ui/templates/tpl_0', 'pre.code'],
  ['an old version of a template', '/ui/templates/tpl_0?version=2', 'pre.code'],
  ['new template', '/ui/new-template', 'textarea'],
  ['statistics', '/ui/statistics', '.chart canvas'],
  ['statistics by hour and tag', '/ui/statistics?by=hour&group=tag', '.chart canvas'],
  ['statistics of own days, of one tag', STATISTICS_OF_ONE, '.chart canvas'],
  ['audit log', '/ui/audit', 'tbody tr'],
  ['domains', '/ui/domains', 'tbody a'],
  ['domain', '/ui/domains/sender.test', '.rules .code'],
  ['streams', '/ui/streams', 'tbody a'],
  ['stream', '/ui/streams/transactional', '.details'],
  ['webhooks', '/ui/webhooks', 'tbody a'],
  ['webhook', '/ui/webhooks/whk_0', '.log li'],
  ['credentials', '/ui/credentials', 'tbody a'],
  ['credential', '/ui/credentials/crd_0', '.details'],
  ['health', '/ui/relay/health', 'h1'],
  ['overview, live', '/ui/', '.live li'],
  ['queue', '/ui/relay/queue', '.destinations li'],
  ['queue of a destination', '/ui/relay/queue/recipient0.test', '.rules li'],
  ['routes and sources', '/ui/relay/routes', '#sources ~ .rules li'],
  ['settings in force', '/ui/relay/settings', '.rules li'],
  ['refused mail', '/ui/relay/refused', 'tbody a'],
  ['one refused mail', '/ui/relay/refused/msg_r0', '.details'],
  ['unverified reports', '/ui/relay/reports', 'tbody a'],
  ['one unverified report', '/ui/relay/reports/rpt_0', '.rules li'],
  ['audit log of a person', '/ui/audit?person=usr_2', 'tbody tr'],
  ['own security', '/ui/security', '.rules li'],
  ['an unknown page', '/ui/nothing', 'h1'],
  ['invitation', '/ui/invite#token', 'input[name=repeat]'],
] as const;

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  const at = browserOverStub(250);

  const go = async (page: Page, address: string, shows: string) => {
    await page.goto(at.stub.url + address);
    await page.locator(shows).first().waitFor();
  };

  describe.each(LOOKS)('at $width px, $scheme', (look) => {
    it.each(PAGES)('%s: no complaint, no serious finding, not too wide', async (_name, address, shows) => {
      const { page, complaints } = await openPage(at.browser, look);
      await go(page, address, shows);
      expect(await axeFindings(page)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
      expect(await page.locator('h1').count()).toBe(1);
      expect(complaints).toEqual([]);
    });

    it('the tabs of a message and its dialog', async () => {
      const { page, complaints } = await openPage(at.browser, look);
      await go(page, '/ui/messages/msg_0', '.trace');
      for (const name of ['Details', 'Events']) {
        await page.getByRole('tab', { name }).click();
        expect(await axeFindings(page), name).toEqual([]);
      }
      await page.getByRole('button', { name: 'Cancel message' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await axeFindings(page)).toEqual([]);
      expect(complaints).toEqual([]);
    });

    it('signing in: no serious finding', async () => {
      at.stub.isSignedIn = false;
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/', 'input[name=email]');
      expect(await axeFindings(page)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
    });
  });

  describe.each(LOOKS.filter(({ scheme }) => scheme === 'light'))('hostile data at $width px', (look) => {
    it.each(PAGES)('%s: is text, and stays within the page', async (_name, address, shows) => {
      at.stub.answering = answersOf(HOSTILE_TEXTS.length, HOSTILE_TEXTS);
      const { page, complaints } = await openPage(at.browser, look);
      await go(page, address, shows);
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate('window.broken')).toBeUndefined();
      expect(await page.locator('#app script, #app img, #app b').count()).toBe(0);
      expect(await isTooWide(page)).toBe(false);
      expect(await page.evaluate('document.body.innerText')).not.toMatch(
        /[\u202a-\u202e\u2066-\u2069\u0007]/,
      );
      expect(complaints).toEqual([]);
    });

    it.each(HOSTILE_TEXTS.map((_text, index) => index))('the trace of message %i', async (index) => {
      at.stub.answering = answersOf(HOSTILE_TEXTS.length, HOSTILE_TEXTS);
      const { page, complaints } = await openPage(at.browser, look);
      await go(page, `/ui/messages/msg_${index}`, '.trace .attempts');
      expect(await isTooWide(page)).toBe(false);
      for (const name of ['Details', 'Events']) {
        await page.getByRole('tab', { name }).click();
        expect(await isTooWide(page), name).toBe(false);
      }
      expect(await page.evaluate('window.broken')).toBeUndefined();
      expect(complaints).toEqual([]);
    });
  });

  it('the checks of these tests see what they look for', async () => {
    const { page, complaints } = await openPage(at.browser, { width: 360, scheme: 'light' });
    await go(page, '/ui/nothing', 'h1');
    await page.evaluate(`(() => {
      const grey = document.createElement('p');
      grey.textContent = 'too pale, and too wide';
      grey.style.color = '#ccc';
      grey.style.width = '2000px';
      document.querySelector('main').append(grey);
      grey.setAttribute('style', 'color: red');
    })()`);
    expect(complaints.join()).toContain('Content Security Policy');
    await page.evaluate(
      "document.querySelector('main p:last-child').style.cssText = 'color: #ccc; width: 2000px'",
    );
    expect((await axeFindings(page)).join()).toContain('color-contrast');
    expect(await isTooWide(page)).toBe(true);
  });

  describe('by keyboard alone', () => {
    const look = { width: 1280, scheme: 'light' } as const;

    it('signs in, goes to a message, signs out', async () => {
      at.stub.isSignedIn = false;
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/messages', 'input[name=email]');
      await tabTo(page, 'Email address');
      await page.keyboard.type('olga@example.org');
      await page.keyboard.press('Tab');
      await page.keyboard.type('correct horse battery');
      await page.keyboard.press('Enter');
      await page.locator('tbody a').first().waitFor();
      // The same address: signing in showed the page that was wanted.
      expect(new URL(page.url()).pathname).toBe('/ui/messages');
      expect(at.stub.requests.find(({ method }) => method === 'POST')?.body).toEqual({
        email: 'olga@example.org',
        password: 'correct horse battery',
      });
      await tabTo(page, 'Order 0');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.locator('.trace').waitFor();
      expect(await page.locator('h1').innerText()).toBe('Order 2');
      expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
      await tabTo(page, 'Sign out', 'Shift+Tab');
      await page.keyboard.press('Enter');
      await page.locator('input[name=email]').waitFor();
    });

    it('the skip link is first, and leads to the content', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/', '.short-list a');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('content');
    });

    it('a dialog has the focus, Escape closes it and gives the focus back', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/messages/msg_0', '.trace');
      await tabTo(page, 'Cancel message');
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      expect(await page.evaluate('document.activeElement.closest("dialog") !== null')).toBe(true);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await focused(page)).toBe('Cancel message');
      expect(at.stub.requests.some(({ path: route }) => route.endsWith('/cancel'))).toBe(false);
    });
  });

  describe('what it does', () => {
    const look = { width: 1280, scheme: 'light' } as const;

    it('a session that ends shows the sign-in page, and signing in again the page before', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/messages?state=bounced', 'tbody a');
      at.stub.isSignedIn = false;
      await page.locator('tbody a').first().click();
      await page.locator('input[name=email]').waitFor();
      expect(await page.getByText('Your session has ended').count()).toBe(1);
      await page.fill('input[name=email]', 'olga@example.org');
      await page.fill('input[name=password]', 'correct horse battery');
      await page.keyboard.press('Enter');
      await page.locator('.trace').waitFor();
    });

    it('an invitation leaves the address bar at once and sets the password', async () => {
      at.stub.isSignedIn = false;
      at.stub.answering = ({ path: route, body }) =>
        route === 'invite' && (body as { token: string }).token === 'secret'
          ? {
              status: 200,
              body: { ...(answersOf(0)({ method: 'GET', path: 'session' } as never)?.body as object) },
            }
          : undefined;
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/invite#secret', 'input[name=repeat]');
      expect(page.url()).not.toContain('secret');
      await page.fill('input[name=password]', 'short');
      await page.fill('input[name=repeat]', 'other');
      await page.keyboard.press('Enter');
      await page.getByText('Use 12 characters or more.').waitFor();
      await page.getByText('The two passwords differ.').waitFor();
      expect(at.stub.requests.some(({ path: route }) => route === 'invite')).toBe(false);
      await page.fill('input[name=password]', 'correct horse battery');
      await page.fill('input[name=repeat]', 'correct horse battery');
      at.stub.isSignedIn = true;
      await page.keyboard.press('Enter');
      await page.locator('.short-list').first().waitFor();
      expect(new URL(page.url()).pathname).toBe('/ui/');
    });

    it('Back shows a list as it was, at the same row, and the link back its filters', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/messages?state=bounced', 'tbody a');
      const row = page.getByRole('link', { name: 'Order 150', exact: true });
      await expect
        .poll(async () => {
          await page.evaluate('window.scrollTo(0, 150 * 40)');
          return await row.count();
        })
        .toBe(1);
      await row.click();
      await page.locator('.trace').waitFor();
      const lists = () => at.stub.requests.filter(({ path: route }) => route === 'v1/messages').length;
      const before = lists();
      await page.goBack();
      await row.waitFor();
      await expect.poll(() => page.evaluate('Math.round(window.scrollY)')).toBe(150 * 40);
      expect(lists()).toBe(before);
      await row.click();
      await page.getByRole('link', { name: '← Messages' }).click();
      await page.waitForURL(/messages\?state=bounced$/);
    });

    it('searches as one types, from three characters on, and keeps the words in the address', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/messages', 'tbody a');
      const asked = () => at.stub.requests.flatMap(({ query }) => query.getAll('search'));
      await page.getByLabel('Search', { exact: true }).pressSequentially('or');
      await page.getByText('Type at least 3 characters.').waitFor();
      expect(asked()).toEqual([]);
      await page.getByLabel('Search', { exact: true }).pressSequentially('der');
      await page.waitForURL(/search=order/);
      await expect.poll(asked).toContain('order');
      await page.getByRole('button', { name: 'Clear filters' }).click();
      await page.waitForURL(/messages$/);
      expect(await page.getByLabel('Search', { exact: true }).inputValue()).toBe('');
    });

    it('says what the API said, and what to do without an answer', async () => {
      const { page } = await openPage(at.browser, look);
      at.stub.answering = ({ path: route }) =>
        route === 'v1/messages'
          ? {
              status: 400,
              body: {
                error: {
                  code: 'invalid-request',
                  message: 'accepted: a domain name',
                  field: 'query.destination',
                },
              },
            }
          : undefined;
      await go(page, '/ui/messages?destination=x', '.failure');
      const words = await page.locator('.failure').innerText();
      expect(words).toContain('accepted: a domain name');
      expect(words).toContain('query.destination');
      at.stub.answering = () => undefined;
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('tbody a').first().waitFor();
      await page.context().setOffline(true);
      await page.locator('tbody a').first().click();
      await page.getByText('The relay cannot be reached.').waitFor();
      await page.context().setOffline(false);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.trace').waitFor();
    });

    it('adds and removes a suppression, each with its answer, and asks before it removes', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/suppressions', 'tbody tr');
      await page.getByRole('button', { name: 'Add suppression' }).click();
      await page.getByRole('dialog').getByLabel('Address').fill('gone@recipient.test');
      await page.keyboard.press('Enter');
      await page.getByText('gone@recipient.test is suppressed.').waitFor();
      await page.getByRole('button', { name: 'Remove the suppression of gone1@recipient.test' }).click();
      expect(at.stub.requests.some(({ method }) => method === 'DELETE')).toBe(false);
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.getByText('gone1@recipient.test is not suppressed any more.').waitFor();
      const removed = at.stub.requests.find(({ method }) => method === 'DELETE');
      expect(removed?.path).toBe('v1/suppressions/gone1%40recipient.test');
      expect(removed?.query.get('reason')).toBe('unknown-address');
    });

    it('a filter of the suppressions leaves the check of an address as it is', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/suppressions?check=gone%40recipient.test', '.rules li');
      await page.getByLabel('Reason').selectOption('complaint');
      await page.waitForURL(/check=gone%40recipient.test&reason=complaint/);
      await expect.poll(() => at.stub.requests.at(-1)?.query.get('reason')).toBe('complaint');
      expect(await page.locator('.rules li').count()).toBe(2);
    });

    it('another account is asked for by its id, and a role that only reads sees no button that changes', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/messages/msg_0', '.trace');
      expect(at.stub.requests.at(-1)?.account).toBe('acc_shop');
      await page.getByLabel('Account').selectOption({ label: 'blog' });
      await page.waitForURL(/messages$/);
      await page.locator('tbody a').first().click();
      await page.locator('.trace').waitFor();
      expect(at.stub.requests.at(-1)?.account).toBe('acc_blog');
      expect(await page.getByRole('button', { name: 'Cancel message' }).count()).toBe(0);
    });

    it('speaks German, and stays dark, after loading anew', async () => {
      const { page } = await openPage(at.browser, look);
      await go(page, '/ui/messages', 'tbody a');
      await page.getByLabel('Appearance').selectOption('dark');
      await page.getByLabel('Language').selectOption('de');
      await page.getByRole('heading', { name: 'Nachrichten' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Nachrichten' }).waitFor();
      expect(await page.evaluate('document.documentElement.lang')).toBe('de');
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(20, 22, 27)');
    });

    it(
      '100,000 messages are reached by scrolling, with few rows in the document',
      { timeout: 120_000 },
      async () => {
        const rows = 100_000;
        const usual = answersOf(rows);
        // Larger pages than the API gives, so that the test does not wait for a thousand of them.
        at.stub.answering = (request) =>
          request.path === 'v1/messages'
            ? usual({
                ...request,
                query: new URLSearchParams({ ...Object.fromEntries(request.query), limit: '10000' }),
              })
            : undefined;
        const { page } = await openPage(at.browser, look);
        await go(page, '/ui/messages', 'tbody a');
        await expect
          .poll(
            async () => {
              await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
              return await page.locator('.table-foot').innerText();
            },
            { timeout: 100_000 },
          )
          .toBe('100,000 in all');
        await page.evaluate('window.scrollTo(0, document.body.scrollHeight)');
        await page.getByRole('link', { name: `Order ${rows - 1}`, exact: true }).waitFor();
        expect(await page.locator('tbody tr').count()).toBeLessThan(60);
        expect(await page.locator('table.data').getAttribute('aria-rowcount')).toBe(String(rows + 1));
      },
    );
  });
});

async function focused(page: Page): Promise<string> {
  return await page.evaluate(
    '(() => { const at = document.activeElement; return at.labels?.[0]?.textContent ?? at.textContent ?? ""; })()',
  );
}

/** Presses Tab until something with this label or text has the focus; not forever. */
async function tabTo(page: Page, label: string, key = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let press = 0; press < 60; press++) {
    const at = await focused(page);
    if (at === label) return;
    passed.push(at.slice(0, 40));
    await page.keyboard.press(key);
  }
  throw new Error(`Tab never came to ${label}, but to ${passed.join(', ')}`);
}
