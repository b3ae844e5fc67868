/**
 * Content of hostile messages at the dashboard of a real relay, in a real browser: no script runs, nothing but the relay is asked for
 * anything, and the page stays where it is. Twice: as it is shown, and with the HTML as it came under the policy alone.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileHtml } from '../support/hostile-html.ts';
import {
  axeFindings,
  chromiumPath,
  isTooWide,
  LOOKS,
  openPage,
  startBrowser,
  type WatchedPage,
} from './support/browser.ts';
import { Stage } from './support/stage.ts';

const NAMES = hostileHtml('').map(([name]) => name);

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  let browser: Browser;
  let stage: Stage;
  let elsewhere: Server;
  let key: string;
  let link: string;
  /** Connections to the server that hostile HTML leads to, and what was asked of it. */
  const asked: string[] = [];
  const target = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  beforeAll(async () => {
    browser = await startBrowser();
    elsewhere = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(request.url === '/raw' ? raw : '<p>elsewhere</p>');
    });
    elsewhere.on('connection', () => asked.push('connection'));
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    stage = await Stage.start({ config: { http: { listen: ['127.0.0.1:0'] } } });
    ({ key } = await stage.relay.ctl<{ key: string }>(
      ...['credential', 'add', '--kind', 'api', '--name', 'shop', '--scope', 'send'],
    ));
    ({ invite_url: link } = await stage.relay.ctl<{ invite_url: string }>(
      ...['user', 'add', 'carol@example.org', '--role', 'admin', '--content', 'yes'],
    ));
    const page = await browser.newPage();
    await page.goto(`${stage.relay.httpUrl}/ui/invite#${link.split('#')[1]}`);
    await page.fill('input[name=password]', 'correct horse battery');
    await page.fill('input[name=repeat]', 'correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    state = await page.context().storageState();
    await page.close();
    hostile = await signedIn();
  });
  afterAll(async () => {
    await browser.close();
    elsewhere.closeAllConnections();
    await new Promise((resolve) => elsewhere.close(resolve));
    await stage[Symbol.asyncDispose]();
  });
  /** One page for all that is hostile: what one leaves behind is seen at the next. */
  let hostile: WatchedPage;
  let raw = '';
  let state: Awaited<ReturnType<ReturnType<Browser['contexts']>[number]['storageState']>>;

  const send = async (body: object): Promise<string> => {
    const answer = await fetch(`${stage.relay.httpUrl}/v1/send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ from: 'shop@sender.test', to: 'user@recipient.test', subject: 'x', ...body }),
    });
    const { id } = (await answer.json()) as { id: string };
    expect(answer.status).toBe(200);
    return id;
  };

  const signedIn = async (look: (typeof LOOKS)[number] = { width: 1280, scheme: 'light' }) => {
    const watched = await openPage(browser, look);
    await watched.page.context().addCookies(state.cookies);
    return watched;
  };

  const showContent = async (page: Page, id: string) => {
    await page.goto(`${stage.relay.httpUrl}/ui/messages/${id}`);
    await page.getByRole('tab', { name: 'Content' }).click();
    await page.getByRole('button', { name: 'Show content' }).click();
    await page.locator('iframe.framed').waitFor();
    await page.frameLocator('iframe.framed').locator('body').waitFor({ state: 'attached' });
    // With all that it fetches.
    await page.frames()[1]?.waitForLoadState('load');
  };

  /** Nothing ran, nothing was asked for elsewhere, and the page is where it was. */
  const expectUnharmed = async (page: Page, id: string) => {
    expect(await page.evaluate('window.postern_ran')).toBeUndefined();
    expect(await page.title()).not.toBe('ran');
    expect(new URL(page.url()).pathname).toBe(`/ui/messages/${id}`);
    expect(page.context().pages()).toHaveLength(1);
  };

  it.each(NAMES)('%s', async (name) => {
    const html = hostileHtml(target()).find(([one]) => one === name)![1];
    const id = await send({ html: `${html}<p id=end>end</p>`, text: 'plain' });
    const { page, complaints } = hostile;
    await page.unrouteAll();
    asked.length = 0;
    complaints.length = 0;
    await showContent(page, id);
    await expectUnharmed(page, id);
    for (const one of await page.frameLocator('iframe.framed').locator('a:visible').all()) {
      await one.click({ timeout: 2_000 });
      await expectUnharmed(page, id);
    }
    expect(asked).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it.each(NAMES)('%s: the policy alone', async (name) => {
    const html = hostileHtml(target()).find(([one]) => one === name)![1];
    const id = await send({ html: '<p>replaced</p>', text: 'plain' });
    const { page } = hostile;
    await page.unrouteAll();
    await page.route('**/document?*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `<!doctype html><p>as it came</p>${html}` });
    });
    asked.length = 0;
    await showContent(page, id);
    await expectUnharmed(page, id);
    // What opens a connection ahead of a request is no matter of a policy: the rewriting leaves no such element.
    expect(asked.filter((one) => one !== 'connection')).toEqual([]);
  });

  it('these tests see what they look for: without either, scripts run and the server elsewhere is asked', async () => {
    const seen = new Set<string>();
    for (const [name, html] of hostileHtml(target())) {
      raw = html;
      asked.length = 0;
      const page = await browser.newPage();
      await page.goto(`${target()}/raw`);
      await page.waitForLoadState('load').catch(() => undefined);
      await page.evaluate('new Promise(requestAnimationFrame)').catch(() => undefined);
      if ((await page.title()) === 'ran') seen.add(`${name}: ran`);
      if (asked.some((one) => one !== 'connection' && one !== '/raw')) seen.add(`${name}: asked`);
      await page.close();
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'script: ran',
        'event handlers: ran',
        'meta refresh: asked',
        'iframe: asked',
        'css import and url: asked',
        'css with escapes: asked',
        'links that are fetched: asked',
      ]),
    );
  });

  it.each(LOOKS)('at $width px, $scheme: every view, no serious finding, not too wide', async (look) => {
    const id = await send({
      html: '<p>Hello</p><img src="https://images.example/a.png" alt="logo"><a href="https://shop.example/">shop</a>',
      text: `plain ${'x'.repeat(3_000)}`,
      headers: { 'X-Odd': '<script>window.postern_ran = 1</script>' },
      attachments: [{ filename: '<img src=x onerror=alert(1)>.txt', content: 'aGVsbG8=' }],
    });
    const { page, complaints } = await signedIn(look);
    await showContent(page, id);
    await page.getByText('One image is not shown').waitFor();
    for (const name of ['HTML', 'Text', 'Header', 'Attachments', 'Source']) {
      await page.getByRole('tab', { name, exact: true }).click();
      expect(await axeFindings(page), name).toEqual([]);
      expect(await isTooWide(page), name).toBe(false);
    }
    await page.getByText('Content-Type: multipart/mixed').waitFor();
    await page.getByRole('tab', { name: 'Attachments' }).click();
    const [kept] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download/ }).click(),
    ]);
    expect(kept.suggestedFilename()).not.toMatch(/[<>/]/);
    await page.getByRole('tab', { name: 'HTML', exact: true }).click();
    await page.getByRole('button', { name: '360 px' }).click();
    expect((await page.locator('iframe.framed').boundingBox())?.width).toBeLessThanOrEqual(360);
    await expectUnharmed(page, id);
    expect(complaints).toEqual([]);
    const lines = await stage.relay.ctlList<{ subject: string }>('audit', 'list', '--action', 'message read');
    expect(lines.filter(({ subject }) => subject === id)).toHaveLength(1);
    await page.context().close();
  });

  it('a draft of a template is drawn as it is typed, and its error is said at its line', async () => {
    const { page, complaints } = await signedIn();
    await page.goto(`${stage.relay.httpUrl}/ui/new-template`);
    await page
      .getByLabel('HTML', { exact: true })
      .fill('<h1>Hello {{ name }}</h1><script>top.postern_ran=1</script>');
    const frame = page.frameLocator('iframe.framed');
    await frame.getByRole('heading', { name: 'Hello name' }).waitFor();
    await page.getByLabel('Values of the variables (JSON)').fill('{"name": "<b>Ada</b>"}');
    await frame.getByRole('heading', { name: 'Hello <b>Ada</b>' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('HTML', { exact: true }).fill('<p>\n{% if name %}');
    await page.getByRole('button', { name: 'Go to line 2' }).waitFor();
    expect(await page.evaluate('window.postern_ran')).toBeUndefined();
    // A refusal is an answer of 4xx, which a browser writes on its console.
    expect(complaints.filter((one) => !one.includes('status of 4'))).toEqual([]);
    await page.context().close();
  });
});
