/**
 * An administrator at the dashboard of a real relay, in a real browser: what the pages of domains, streams, webhooks and
 * credentials send is what the API takes, and its refusals stand at their fields.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebhookReceiver, status, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { chromiumPath, openPage, startBrowser, type WatchedPage } from './support/browser.ts';
import { SmtpTalk, type Login } from './support/smtp-talk.ts';
import { SENDER_DOMAIN, Stage, type DomainJson } from './support/stage.ts';

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  let browser: Browser;
  let stage: Stage;
  let receiver: WebhookReceiver;
  let watched: WatchedPage;
  let page: Page;
  beforeAll(async () => {
    browser = await startBrowser();
    receiver = await startWebhookReceiver();
    stage = await Stage.start({
      config: {
        http: { listen: ['127.0.0.1:0'] },
        webhooks: { allow_http: true, allow_private_addresses: true },
      },
    });
    const { invite_url: link } = await stage.relay.ctl<{ invite_url: string }>(
      ...['user', 'add', 'carol@example.org', '--role', 'admin', '--content', 'yes'],
    );
    watched = await openPage(browser, { width: 1280, scheme: 'light' });
    ({ page } = watched);
    await page.goto(`${stage.relay.httpUrl}/ui/invite#${link.split('#')[1]}`);
    await page.fill('input[name=password]', 'correct horse battery');
    await page.fill('input[name=repeat]', 'correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await receiver.stop();
    await stage[Symbol.asyncDispose]();
  });

  const go = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
  const dialog = () => page.getByRole('dialog');
  const press = (name: string) => page.locator('main').getByRole('button', { name, exact: true }).click();
  const confirm = (name: string) => dialog().getByRole('button', { name, exact: true }).click();

  it('adds a domain, verifies it when its records are in DNS, rotates its keys, removes it', async () => {
    await go('Domains');
    await press('Add domain');
    await dialog().getByLabel('Domain').fill('no domain');
    await confirm('Add domain');
    await dialog().locator('.field-error').waitFor();
    await dialog().getByLabel('Domain').fill('shop.test');
    await confirm('Add domain');
    await page.getByText('Not verified: mail from it is refused.').waitFor();
    await page.getByText('Not looked up yet').first().waitFor();
    const { records } = await stage.relay.ctl<DomainJson>('domain', 'show', 'shop.test');
    for (const { purpose, name, value } of records)
      if (purpose.startsWith('dkim')) stage.dns.zone.set(name, { txt: [value] });
    await press('Verify now');
    await page.getByText('shop.test is verified.').waitFor();
    await page.getByText('Missing', { exact: false }).first().waitFor();
    await press('Rotate DKIM keys');
    await confirm('Rotate DKIM keys');
    await page.getByText('New DKIM keys wait for their records').waitFor();
    await page.getByText('DKIM, new RSA key').waitFor();
    await press('Take new keys back');
    await confirm('Take new keys back');
    await page.getByText('The new DKIM keys are taken back.').waitFor();
    await press('Remove domain');
    await confirm('Remove domain');
    await page.getByText('shop.test is removed.').waitFor();
    await page.getByRole('link', { name: SENDER_DOMAIN }).waitFor();
    expect(await page.getByRole('link', { name: 'shop.test' }).count()).toBe(0);
  });

  it('adds a webhook, tests it, pauses and resumes it', async () => {
    receiver.respond = status(500, {}, 'out of order');
    await go('Webhooks');
    await press('Add webhook');
    await dialog().getByLabel('URL').fill('ftp://app.test');
    await confirm('Add webhook');
    await dialog().locator('.field-error').waitFor();
    await dialog().getByLabel('URL').fill(receiver.url);
    await dialog().getByLabel('bounced').check();
    await confirm('Add webhook');
    await dialog().getByText('whsec_').waitFor();
    await confirm('Done');
    await press('Send test');
    await page.getByText('The receiver did not take the test event.').waitFor();
    await page.getByText('out of order').waitFor();
    await press('Pause');
    await confirm('Pause');
    await page.getByText('Paused').first().waitFor();
    await press('Resume');
    await confirm('Resume');
    await page.getByText('Active').first().waitFor();
    await press('Replay failed');
    await confirm('Replay failed');
    await page.getByText('0 events will be sent again.').waitFor();
  });

  it('adds a login that works, rotates it, revokes it', async () => {
    await go('Credentials');
    await press('Add credential');
    await dialog().getByLabel('Name').fill('newsletter');
    await dialog().getByText('Bounds').click();
    await dialog().getByLabel('Networks').fill('127.0.0.0/8, nonsense');
    await dialog().getByLabel('Messages a minute').fill('many');
    await confirm('Add credential');
    await expect.poll(() => dialog().locator('.field-error').count()).toBe(2);
    await dialog().getByLabel('Networks').fill('127.0.0.0/8');
    await dialog().getByLabel('Messages a minute').fill('600');
    await confirm('Add credential');
    await dialog().getByText('shown only now').waitFor();
    const [username = '', password = ''] = await dialog().locator('.secrets code').allInnerTexts();
    const login = { username, password } as Login;
    const session = await SmtpTalk.session({ port: stage.relay.port, login });
    await session.quit();
    await confirm('Done');
    await page.getByText('600 messages a minute').waitFor();
    await press('Rotate secret');
    await dialog().getByLabel('The old secret is valid').selectOption('hour');
    await confirm('Rotate secret');
    await dialog().getByText('shown only now').waitFor();
    await confirm('Done');
    await press('End old secret');
    await confirm('End old secret');
    await page.getByText('The old secret is not valid any more.').waitFor();
    await press('Revoke');
    await confirm('Revoke');
    await page.getByText('newsletter is revoked.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Rotate secret' }).count()).toBe(0);
  });

  it('adds an API key with scopes that the API knows', async () => {
    await go('Credentials');
    await press('Add credential');
    await dialog().getByLabel('Kind').selectOption('api');
    await dialog().getByLabel('Name').fill('everything');
    for (const box of await dialog().getByRole('checkbox').all()) await box.check();
    await confirm('Add credential');
    await dialog().getByText('API key').first().waitFor();
    const key = await dialog().locator('.secrets code').innerText();
    const answer = await fetch(`${stage.relay.httpUrl}/v1/domains`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(answer.status).toBe(200);
    await confirm('Done');
  });

  it('changes the title of a stream; a built-in one keeps its kind', async () => {
    await go('Streams');
    await page.getByRole('link', { name: 'broadcast' }).click();
    await press('Change');
    await dialog().getByLabel('Kind').selectOption('transactional');
    await confirm('Save');
    await dialog().getByText('in every account').waitFor();
    await dialog().getByLabel('Kind').selectOption('broadcast');
    await dialog().getByLabel('Title').fill('News');
    await confirm('Save');
    await page.getByText('The stream broadcast is changed.').waitFor();
    await expect
      .poll(() => stage.relay.ctl<{ title: string }>('stream', 'show', 'broadcast'))
      .toMatchObject({ title: 'News' });
  });

  it('the browser had nothing to complain of but answers that refuse', () => {
    expect(
      watched.complaints.filter((line) => !/the server responded with a status of 4\d\d/.test(line)),
    ).toEqual([]);
  });
});
