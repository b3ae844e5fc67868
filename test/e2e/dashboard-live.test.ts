/**
 * What goes on at this moment, in a real browser: mail going out live, and mail that was refused. Over a real relay, and over canned
 * answers where a relay would not do the same.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openPage, startBrowser, type WatchedPage } from './support/browser.ts';
import { browserOverStub } from './support/browser-over-stub.ts';
import { Stage } from './support/stage.ts';

const LOOK = { width: 1280, scheme: 'light' } as const;

describe.skipIf(chromiumPath === undefined)('in Chromium, over a real relay', () => {
  let browser: Browser;
  let stage: Stage;
  let watched: WatchedPage;
  let page: Page;
  beforeAll(async () => {
    browser = await startBrowser();
    stage = await Stage.start({
      config: {
        http: { listen: ['127.0.0.1:0'] },
        source: [{ name: 'out-1', address: '127.0.0.1', pool: 'spare' }],
      },
    });
    const { invite_url: link } = await stage.relay.ctl<{ invite_url: string }>(
      ...['user', 'add', 'carol@example.org', '--role', 'admin'],
    );
    watched = await openPage(browser, LOOK);
    ({ page } = watched);
    await page.goto(`${stage.relay.httpUrl}/ui/invite#${link.split('#')[1]}`);
    await page.fill('input[name=password]', 'correct horse battery');
    await page.fill('input[name=repeat]', 'correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await stage[Symbol.asyncDispose]();
  });

  /** Until it is delivered. */
  const send = async (to: string) => {
    using talk = await stage.session();
    const content = `From: shop@sender.test\r\nSubject: to ${to}\r\n\r\nx\r\n`;
    await stage.settled(await talk.submitForId({ from: 'shop@sender.test', to: [to], content }));
  };
  const lines = () => page.locator('.live li').allInnerTexts();
  const lineOf = (to: string) => page.locator('.live li', { hasText: to }).filter({ hasText: 'Delivered' });
  const connected = () => page.getByText('Connected', { exact: true }).waitFor();
  const go = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click();

  it('shows mail as it goes out, the newest on top, and nothing of the time when it was paused', async () => {
    await connected();
    await send('alice@recipient.test');
    await lineOf('alice@recipient.test').waitFor();
    expect(await page.locator('.live ol').getAttribute('aria-live')).toBe('off');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    await send('bob@recipient.test');
    await page.getByRole('button', { name: 'Resume' }).click();
    await connected();
    await send('carol@recipient.test');
    await lineOf('carol@recipient.test').waitFor();
    const shown = await lines();
    expect(shown.filter((line) => line.includes('bob@'))).toEqual([]);
    const placeOf = (to: string) =>
      shown.findIndex((line) => line.includes(to) && line.includes('Delivered'));
    expect(placeOf('alice@recipient.test')).toBeGreaterThan(placeOf('carol@recipient.test'));
    await page.getByText('Waiting', { exact: true }).waitFor();
  });

  it('reads nothing while the tab is hidden', async () => {
    const hide = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));`);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    await hide(true);
    await page.getByText('Paused', { exact: true }).waitFor();
    requests.length = 0;
    await send('dan@recipient.test');
    expect(requests).toEqual([]);
    await hide(false);
    await connected();
    await send('erin@recipient.test');
    await lineOf('erin@recipient.test').waitFor();
    expect((await lines()).filter((line) => line.includes('dan@'))).toEqual([]);
  });

  it('no more than fifty lines', async () => {
    const to = Array.from({ length: 60 }, (_, index) => `many${index}@recipient.test`);
    using talk = await stage.session();
    const content = 'From: shop@sender.test\r\nSubject: many\r\n\r\nx\r\n';
    await stage.settled(await talk.submitForId({ from: 'shop@sender.test', to, content }));
    await expect.poll(async () => (await lines()).filter((line) => line.includes('many')).length).toBe(50);
    expect(await page.locator('.live li').count()).toBe(50);
  });

  it('says of refused mail what the program was told, and what to do', async () => {
    using talk = await stage.session();
    await talk.ok(250, 'MAIL FROM:<shop@sender.test>');
    await talk.ok(250, 'RCPT TO:<alice@recipient.test>');
    await talk.ok(354, 'DATA');
    talk.write('From: other@not-ours.test\r\nSubject: <b>Report</b>\r\n\r\nconfidential\r\n.\r\n');
    const { code, text } = await talk.read();
    expect(code).toBe(550);
    // Beside the mail that went out.
    await page.locator('.live li', { hasText: 'Refused' }).waitFor();
    await go('Refused mail');
    await page.locator('tbody a').first().click();
    await page.locator('.details').waitFor();
    const said = await page.locator('main').innerText();
    for (const part of [text, 'other@not-ours.test', '<b>Report</b>', 'alice@recipient.test', '127.0.0.1'])
      expect(said).toContain(part);
    expect(said).not.toContain('confidential');
    await go('Refused mail');
    await page.getByLabel('Search', { exact: true }).fill('nothing like it');
    await page.getByText('Nothing that was refused matches').waitFor();
    await page.getByLabel('Search', { exact: true }).fill('NOT-OURS');
    await page.locator('tbody a').first().waitFor();
  });

  it('suspends a source and resumes it, and tells of a route', async () => {
    await go('Routes and sources');
    await page.getByRole('button', { name: 'Suspend out-1' }).click();
    await page.getByRole('dialog').getByLabel('Why').fill('on a blocklist');
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    await page.getByText('on a blocklist').waitFor();
    expect(await stage.relay.ctl('source', 'show', 'out-1')).toMatchObject({
      suspended: true,
      suspended_reason: 'on a blocklist',
    });
    await page.getByRole('button', { name: 'Resume out-1' }).click();
    await page.getByText('out-1 is used again.').waitFor();
    await page.getByLabel('Address or domain').fill('nobody');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.locator('.field-error').waitFor();
    await page.getByLabel('Address or domain').fill('alice@recipient.test');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('no route: direct').waitFor();
  });

  it('says which settings are in force, and finds one', async () => {
    await go('Settings in force');
    await page.getByLabel('Search', { exact: true }).fill('out-1');
    await page.getByText('Keys: 1').waitFor();
    expect(await page.locator('.rules li').innerText()).toMatch(/^source = .*out-1/);
  });

  it('a session that ends, ends it too', async () => {
    await go('Overview');
    await connected();
    // Of the address that was none.
    expect(watched.complaints.filter((one) => !one.includes('status of 400'))).toEqual([]);
    await stage.relay.ctl('user', 'change', 'carol@example.org', '--suspend');
    await page.locator('input[name=email]').waitFor();
  });
});

describe.skipIf(chromiumPath === undefined)('in Chromium, over canned answers', () => {
  const at = browserOverStub(5);

  it('comes back after an interruption where it was, for the same account', async () => {
    const { page } = await openPage(at.browser, LOOK);
    const streams = () => at.stub.requests.filter(({ path }) => path === 'v1/events/stream');
    await page.goto(`${at.stub.url}/ui/`);
    await page.locator('.live li').first().waitFor();
    await expect.poll(() => streams().length, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(streams().map(({ query }) => query.get('after'))).toEqual(
      streams().map((_one, index) => (index === 0 ? null : 'evt_4')),
    );
    expect(streams()[1]?.account).toBe('acc_shop');
    expect(await page.locator('.live li').count()).toBe(5);
  });

  it('people with a role in one account see no queue of the relay, and are asked for none', async () => {
    at.stub.answering = ({ path }) =>
      path === 'session'
        ? {
            status: 200,
            body: {
              person: { id: 'usr_1', email: 'olga@example.org', name: 'Olga' },
              accounts: [{ id: 'acc_shop', name: 'shop', role: 'admin', reads_content: false }],
              relay_role: null,
              expires_at: '2026-12-24T06:00:00Z',
            },
          }
        : undefined;
    const { page } = await openPage(at.browser, LOOK);
    await page.goto(`${at.stub.url}/ui/`);
    await page.locator('.live li').first().waitFor();
    await page.goto(`${at.stub.url}/ui/audit`);
    await page.locator('tbody tr').first().waitFor();
    await page.goto(`${at.stub.url}/ui/relay/settings`);
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect(at.stub.requests.filter(({ path }) => path.startsWith('operation/'))).toEqual([]);
  });

  it('administrators of the relay find changes by the email address of who made them', async () => {
    const { page } = await openPage(at.browser, LOOK);
    const actors = () => at.stub.requests.flatMap(({ query }) => query.getAll('actor'));
    await page.goto(`${at.stub.url}/ui/audit`);
    await page.getByLabel('By person').fill('Dan@example.org');
    await expect.poll(actors).toContain('user:usr_2');
    await page.getByLabel('By person').fill('nobody@example.org');
    await page.getByText('No person has this email address.').waitFor();
    await page.getByLabel('By person').fill('usr_7');
    await expect.poll(actors).toContain('user:usr_7');
  });
});
