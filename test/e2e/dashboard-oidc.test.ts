/** A real browser signs in to the dashboard of a running relayd through the forms of a real OpenID Connect provider. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLBACK } from '../security/support/oidc-stage.ts';
import { CLIENT_ID, CLIENT_SECRET, realProvider } from '../security/support/real-oidc-provider.ts';
import { freePorts } from '../support/pebble.ts';
import { axeFindings, chromiumPath, isTooWide, LOOKS, openPage, startBrowser } from './support/browser.ts';
import { Stage } from './support/stage.ts';

describe.skipIf(chromiumPath === undefined)('signing in by OpenID Connect in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  it('goes to the provider and back to the page that was wanted; who has no access is told so', async () => {
    let port = 0;
    const accounts = {
      'sub-dana': { email: 'dana@example.org', email_verified: true },
      'sub-eve': { email: 'eve@example.org', email_verified: true },
    };
    // The provider has its port by then, and does not get this one.
    const redirectUri = async () => {
      [port = 0] = await freePorts(1);
      return `http://127.0.0.1:${port}${CALLBACK}`;
    };
    const provider = await realProvider({ redirectUri, accounts });
    const url = `http://127.0.0.1:${port}`;
    await using stage = await Stage.start({
      config: { http: { listen: `127.0.0.1:${port}` }, dashboard: { url } },
      env: {
        RELAY_DASHBOARD__OIDC__ISSUER: provider.issuer,
        RELAY_DASHBOARD__OIDC__CLIENT_ID: CLIENT_ID,
        RELAY_DASHBOARD__OIDC__CLIENT_SECRET: CLIENT_SECRET,
        RELAY_DASHBOARD__OIDC__NAME: 'Example Ltd',
        RELAY_DASHBOARD__OIDC__ONLY: 'true',
      },
    });
    await stage.relay.ctl('user', 'add', 'dana@example.org', '--role', 'operator');

    for (const look of LOOKS) {
      const { page, complaints } = await openPage(browser, look);
      page.setDefaultTimeout(60_000);
      await page.goto(`${url}/ui/?sign-in=refused`);
      await page.getByRole('button', { name: 'Sign in with Example Ltd' }).waitFor();
      expect(await page.getByRole('alert').innerText()).toContain('Ask an administrator');
      expect(await page.locator('input[name=password]').count()).toBe(0);
      expect([await axeFindings(page), await isTooWide(page), complaints]).toEqual([[], false, []]);
      await page.context().close();
    }

    const enter = async (login: string) => {
      const { page, complaints } = await openPage(browser, { width: 1280, scheme: 'light' });
      page.setDefaultTimeout(60_000);
      // The provider's forms want fonts from elsewhere.
      await page.route(
        ({ hostname }) => hostname !== '127.0.0.1',
        (route) => route.fulfill({ contentType: 'text/css', body: '' }),
      );
      await page.goto(`${url}/ui/suppressions`);
      const button = page.getByRole('button', { name: 'Sign in with Example Ltd' });
      await button.focus();
      await page.keyboard.press('Enter');
      await page.locator('input[name=login]').fill(login);
      await page.locator('input[name=password]').fill('x');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(new RegExp(`^${url}/ui/suppressions`));
      return { page, complaints, button };
    };
    const dana = await enter('sub-dana');
    await dana.page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(await dana.page.locator('h1').innerText()).toBe('Suppressions');
    await dana.page.reload();
    await dana.page.getByRole('button', { name: 'Sign out' }).click();
    await dana.button.waitFor();

    const eve = await enter('sub-eve');
    await eve.page.getByText('Ask an administrator').first().waitFor();
    await expect.poll(() => eve.page.url()).toBe(`${url}/ui/suppressions`);
    expect(await eve.page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    expect([...dana.complaints, ...eve.complaints]).toEqual([]);

    const { identity } = await stage.relay.ctl<{ identity: object }>('user', 'show', 'dana@example.org');
    expect(identity).toMatchObject({ issuer: provider.issuer, subject: 'sub-dana' });
    expect(stage.relay.log()).not.toContain(CLIENT_SECRET);
  }, 180_000);
});
