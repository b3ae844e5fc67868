/** What the pages of domains, webhooks, credentials and streams do, in a real browser over canned answers. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { axeFindings, chromiumPath, isTooWide, LOOKS, openPage } from './support/browser.ts';
import { browserOverStub } from './support/browser-over-stub.ts';
import { answersOf } from './support/dashboard-data.ts';
import { type StubRequest } from './support/dashboard-stub.ts';

const LOOK = { width: 1280, scheme: 'light' } as const;

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  const at = browserOverStub(5);

  const open = async (address: string, shows: string) => {
    const opened = await openPage(at.browser, LOOK);
    await opened.page.goto(at.stub.url + address);
    await opened.page.locator(shows).first().waitFor();
    return opened.page;
  };
  /** Each time `route` is changed, until told otherwise. */
  const refuse = (route: string, field: string, message: string) => {
    at.stub.answering = ({ method, path }) =>
      path === route && method !== 'GET'
        ? {
            status: 400,
            body: { error: { code: 'invalid-request', message, field, errors: [{ field, message }] } },
          }
        : undefined;
  };
  const accept = () => {
    at.stub.answering = () => undefined;
  };
  const changes = (): readonly StubRequest[] => at.stub.requests.filter(({ method }) => method !== 'GET');
  const last = () => changes().at(-1);

  it('adds a domain, after the API said at its field what was wrong, and shows its records', async () => {
    const page = await open('/ui/domains', 'tbody a');
    await press(page, 'Add domain');
    const name = page.getByRole('dialog').getByLabel('Domain');
    refuse('v1/domains', 'domain', 'nowhere: accepted: a domain name');
    await name.fill('nowhere');
    await name.press('Enter');
    await expectErrorAt(page, 'Domain', 'nowhere: accepted: a domain name');
    accept();
    await name.fill('new.test');
    await page.getByRole('dialog').getByLabel('DKIM keys').selectOption('rsa');
    await press(page, 'Add domain', true);
    await page.waitForURL(/\/ui\/domains\/new\.test$/);
    await page.locator('.rules .code').first().waitFor();
    expect(last()?.body).toEqual({ domain: 'new.test', dkim: 'rsa' });
  });

  it('copies a record, verifies, rotates and takes back, and asks before a domain is removed', async () => {
    const page = await open('/ui/domains/sender.test', '.rules .code');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await press(page, 'Copy: SPF (recommended), Publish instead');
    await page.getByText('Copied').first().waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('v=spf1 a:mail.test -all');

    at.stub.answering = ({ path, method }) =>
      path.endsWith('/verify') && method === 'POST'
        ? {
            status: 503,
            body: { error: { code: 'unavailable', message: 'DNS could not be asked for the DKIM records' } },
          }
        : undefined;
    await press(page, 'Verify now');
    await page.getByText('DNS could not be asked for the DKIM records').waitFor();
    accept();
    await press(page, 'Verify now');
    await page.getByText('sender.test is verified.').waitFor();

    await press(page, 'Take new keys back');
    await press(page, 'Take new keys back', true);
    await page.getByText('The new DKIM keys are taken back.').waitFor();
    expect(last()).toMatchObject({ method: 'DELETE', path: 'v1/domains/sender.test/rotate-dkim' });

    const before = changes().length;
    await press(page, 'Remove domain');
    await press(page, 'Cancel', true);
    expect(changes()).toHaveLength(before);
    await press(page, 'Remove domain');
    await press(page, 'Remove domain', true);
    await page.waitForURL(/\/ui\/domains$/);
    expect(last()).toMatchObject({ method: 'DELETE', path: 'v1/domains/sender.test' });
  });

  it('makes new DKIM keys for a domain where none wait', async () => {
    const usual = answersOf(5);
    let isRotated = false;
    at.stub.answering = (request) => {
      if (!request.path.startsWith('v1/domains/')) return undefined;
      isRotated ||= request.method === 'POST';
      const { body } = usual({ ...request, method: 'GET', path: 'v1/domains/sender.test' }) ?? {};
      const domain = body as { dkim_keys: readonly { state: string }[] };
      const keys = domain.dkim_keys.filter(({ state }) => isRotated || state !== 'pending');
      return { status: 200, body: { ...domain, dkim_keys: keys } };
    };
    const page = await open('/ui/domains/sender.test', '.rules .code');
    await press(page, 'Rotate DKIM keys');
    expect(changes()).toEqual([]);
    await press(page, 'Rotate DKIM keys', true);
    await page.getByText('New DKIM keys wait for their records').waitFor();
    expect(last()).toMatchObject({ method: 'POST', path: 'v1/domains/sender.test/rotate-dkim' });
  });

  it('adds a webhook for some events, and shows its secret once', async () => {
    const page = await open('/ui/webhooks', 'tbody a');
    await press(page, 'Add webhook');
    const dialog = page.getByRole('dialog');
    refuse('v1/webhooks', 'url', 'http://app.test: accepted: https');
    await dialog.getByLabel('URL').fill('http://app.test');
    await dialog.getByLabel('bounced').check();
    expect(await dialog.getByLabel('All events').isChecked()).toBe(false);
    await dialog.getByLabel('complained').check();
    await press(page, 'Add webhook', true);
    await expectErrorAt(page, 'URL', 'http://app.test: accepted: https');
    accept();
    await dialog.getByLabel('URL').fill('https://app.test/hook');
    await press(page, 'Add webhook', true);
    await page.getByText('whsec_c2VjcmV0').waitFor();
    expect(last()?.body).toEqual({ url: 'https://app.test/hook', events: ['bounced', 'complained'] });
    await press(page, 'Done', true);
    await page.waitForURL(/\/ui\/webhooks\/whk_0$/);
    expect(await page.content()).not.toContain('whsec_');
  });

  it('tests, pauses, changes, replays and removes a webhook', async () => {
    const page = await open('/ui/webhooks/whk_0', '.log li');
    await press(page, 'Send test');
    await page.getByText('The receiver did not take the test event.').waitFor();

    await press(page, 'Pause');
    await press(page, 'Pause', true);
    await page.getByText('The webhook is paused.').waitFor();
    expect(last()?.body).toEqual({ state: 'paused' });

    await press(page, 'Change');
    await page.getByRole('dialog').getByLabel('All events').check();
    await press(page, 'Save', true);
    await page.getByText('The webhook is changed.').waitFor();
    expect(last()).toMatchObject({
      method: 'PATCH',
      body: { url: 'https://app0.test/events', events: ['*'] },
    });

    await page.locator('.log summary').first().click();
    await press(page, 'Replay event evt_0');
    await page.getByText('3 events will be sent again.').waitFor();
    expect(last()?.body).toEqual({ event_ids: ['evt_0'] });
    await press(page, 'Replay failed');
    await press(page, 'Replay failed', true);
    await expect.poll(() => last()?.body).toEqual({ failed: true });

    await page.getByRole('combobox', { name: 'State' }).selectOption('failed');
    await expect.poll(() => at.stub.requests.at(-1)?.query.get('state')).toBe('failed');

    await press(page, 'Remove webhook');
    await press(page, 'Remove webhook', true);
    await page.waitForURL(/\/ui\/webhooks$/);
    expect(last()).toMatchObject({ method: 'DELETE', path: 'v1/webhooks/whk_0' });
  });

  it('resumes a webhook, without the events of the meantime where that is wanted', async () => {
    const usual = answersOf(5);
    at.stub.answering = (request) =>
      request.path === 'v1/webhooks/whk_1' && request.method === 'GET'
        ? {
            status: 200,
            body: { ...(usual({ ...request, path: 'v1/webhooks/whk_0' })?.body as object), state: 'paused' },
          }
        : undefined;
    const page = await open('/ui/webhooks/whk_1', '.log li');
    await press(page, 'Resume');
    await page.getByLabel('Skip the events of the meantime').check();
    await press(page, 'Resume', true);
    await page.getByText('The webhook is active.').waitFor();
    expect(last()?.body).toEqual({ state: 'active', skip: true });
  });

  it('adds an API key with scopes and bounds, says what is wrong at the field, and shows the key once', async () => {
    const page = await open('/ui/credentials', 'tbody a');
    await press(page, 'Add credential');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Kind').selectOption('api');
    await dialog.getByLabel('Name').fill('shop');
    await dialog.getByLabel('Suppressions').check();
    await dialog.getByText('Bounds').click();
    await dialog.getByLabel('Networks').fill('192.0.2.0/24, nonsense');
    await dialog.getByLabel('Messages a minute').fill('600');
    await dialog.getByText('Bounds').click();
    refuse('v1/credentials', 'allow_ip[1]', 'nonsense: accepted: a network');
    await press(page, 'Add credential', true);
    await expectErrorAt(page, 'Networks', 'nonsense: accepted: a network');
    at.stub.answering = ({ path, method, body }) =>
      path === 'v1/credentials' && method === 'POST'
        ? { status: 201, body: { ...(body as object), id: 'crd_0', key: 'pk_once', username: null } }
        : undefined;
    await dialog.getByLabel('Networks').fill('192.0.2.0/24');
    await press(page, 'Add credential', true);
    await page.getByText('pk_once').waitFor();
    expect(last()?.body).toEqual({
      kind: 'api',
      name: 'shop',
      scopes: ['send', 'suppressions'],
      domains: [],
      allow_ip: ['192.0.2.0/24'],
      rate_per_minute: 600,
    });
    await press(page, 'Done', true);
    await page.waitForURL(/\/ui\/credentials\/crd_0$/);
    expect(await page.content()).not.toContain('pk_once');
  });

  it('rotates a credential and asks before it revokes one', async () => {
    const page = await open('/ui/credentials/crd_0', '.details');
    await press(page, 'Rotate secret');
    await page.getByRole('dialog').getByLabel('The old secret is valid').selectOption('day');
    await press(page, 'Rotate secret', true);
    await page.getByText('correct-horse').waitFor();
    expect(last()?.body).toEqual({ keep_old_seconds: 86_400 });
    await press(page, 'Done', true);
    await press(page, 'Revoke');
    expect(changes()).toHaveLength(1);
    await press(page, 'Revoke', true);
    await page.getByText('shop-0 is revoked.').waitFor();
    expect(last()).toMatchObject({ method: 'DELETE', path: 'v1/credentials/crd_0' });
  });

  it('changes the title of a stream alone, and says at its kind that a built-in one stays', async () => {
    const page = await open('/ui/streams/transactional', '.details');
    await press(page, 'Change');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Kind').selectOption('broadcast');
    refuse('v1/streams/transactional', 'kind', 'the stream transactional is transactional in every account');
    await press(page, 'Save', true);
    await expectErrorAt(page, 'Kind', 'the stream transactional is transactional in every account');
    accept();
    await dialog.getByLabel('Kind').selectOption('transactional');
    await dialog.getByLabel('Title').fill('Orders');
    await press(page, 'Save', true);
    await page.getByText('The stream transactional is changed.').waitFor();
    expect(last()).toMatchObject({ method: 'PATCH', body: { title: 'Orders' } });
  });

  it('a role that only reads has no button that changes, and no page of credentials in the navigation', async () => {
    const page = await open('/ui/domains', 'tbody a');
    await page.getByLabel('Account').selectOption({ label: 'blog' });
    await expect.poll(() => at.stub.requests.at(-1)?.account).toBe('acc_blog');
    const navigation = page.getByRole('navigation');
    expect(await navigation.getByRole('link', { name: 'Webhooks' }).count()).toBe(1);
    expect(await navigation.getByRole('link', { name: 'Credentials' }).count()).toBe(0);
    for (const [address, shows] of [
      ['domains', 'tbody a'],
      ['domains/sender.test', '.rules .code'],
      ['webhooks/whk_0', '.log li'],
      ['streams/transactional', '.details'],
    ] as const) {
      await page.goto(`${at.stub.url}/ui/${address}`);
      await page.locator(shows).first().waitFor();
      const buttons = await page.locator('main button:visible').allInnerTexts();
      expect(
        buttons.filter((name) => !['Refresh', 'Copy'].includes(name)),
        address,
      ).toEqual([]);
    }
  });

  it('a page of one thing leads to the list when another account is chosen', async () => {
    const page = await open('/ui/webhooks/whk_0', '.log li');
    await page.getByLabel('Account').selectOption({ label: 'blog' });
    await page.waitForURL(/\/ui\/webhooks$/);
  });

  const DIALOGS = [
    ['domains', 'tbody a', 'Add domain'],
    ['domains/sender.test', '.rules .code', 'Remove domain'],
    ['webhooks', 'tbody a', 'Add webhook'],
    ['credentials', 'tbody a', 'Add credential'],
    ['credentials/crd_0', '.details', 'Rotate secret'],
    ['streams/transactional', '.details', 'Change'],
  ] as const;

  describe.each(LOOKS)('dialogs at $width px, $scheme', (look) => {
    it.each(DIALOGS)('of %s: no serious finding, not too wide', async (address, shows, button) => {
      const { page, complaints } = await openPage(at.browser, look);
      await page.goto(`${at.stub.url}/ui/${address}`);
      await page.locator(shows).first().waitFor();
      await press(page, button);
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      if (button === 'Add credential') {
        await dialog.getByLabel('Kind').selectOption('api');
        await dialog.getByText('Bounds').click();
      }
      expect(await axeFindings(page)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
      expect(
        await page.evaluate(
          "(() => { const it = document.querySelector('dialog'); return it.scrollWidth > it.clientWidth; })()",
        ),
      ).toBe(false);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      expect(complaints).toEqual([]);
    });
  });
});

/** By its name; the one in the dialog where there are two. */
async function press(page: Page, name: string, inDialog = false): Promise<void> {
  const within = inDialog ? page.getByRole('dialog') : page.locator('main');
  await within.getByRole('button', { name, exact: true }).first().click();
}

/** The field says it, and is marked: not a message elsewhere. */
async function expectErrorAt(page: Page, label: string, message: string): Promise<void> {
  const field = page.getByRole('dialog').getByLabel(label).and(page.locator('[aria-invalid]'));
  await field.waitFor();
  const described = (await field.getAttribute('aria-describedby')) ?? '';
  const said = await Promise.all(described.split(' ').map((id) => page.locator(`[id="${id}"]`).innerText()));
  expect(said).toContain(message);
  expect(await page.getByRole('dialog').locator('.failure').count()).toBe(0);
}
