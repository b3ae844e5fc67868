/**
 * Second factors in a real browser at a real relayd: an authenticator app with its recovery codes, and a passkey of Chromium's virtual
 * authenticator, each enrolled on the page and signed in with.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { App } from '../security/support/second-factor.ts';
import { axeFindings, chromiumPath, isTooWide, openPage, startBrowser } from './support/browser.ts';
import { Stage } from './support/stage.ts';

const PASSWORD = 'correct horse battery';
/** A time step of the app. */
const STEP_MS = 30_000;

describe.skipIf(chromiumPath === undefined)('second factors in Chromium', () => {
  let stage: Stage;
  let browser: Browser;
  beforeAll(async () => {
    [stage, browser] = await Promise.all([
      Stage.start({ config: { http: { listen: '127.0.0.1:0' } } }),
      startBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await stage[Symbol.asyncDispose]();
  });

  /** Invited, with a password, on the page of the own security; by a name, as passkeys need one. */
  async function newcomer(email: string): Promise<{ page: Page; complaints: string[]; at: string }> {
    const { invite_url: link } = await stage.relay.ctl<{ invite_url: string }>(
      ...['user', 'add', email, '--role', 'operator'],
    );
    const at = stage.relay.httpUrl.replace('127.0.0.1', 'localhost');
    const { page, complaints } = await openPage(browser, { width: 360, scheme: 'dark' });
    await page.goto(link.replace(stage.relay.httpUrl, at));
    await page.fill('input[name=password]', PASSWORD);
    await page.fill('input[name=repeat]', PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Your security' }).click();
    await page.getByRole('heading', { name: 'Second factors' }).waitFor();
    return { page, complaints, at };
  }

  const signOut = async (page: Page) => {
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('input[name=email]').waitFor();
  };
  const password = async (page: Page, email: string) => {
    await page.fill('input[name=email]', email);
    await page.fill('input[name=password]', PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Second step' }).waitFor();
  };

  it('an authenticator app is added, and its code or a recovery code is asked for', async () => {
    const { page, complaints } = await newcomer('dana@example.org');
    await page.getByRole('button', { name: 'Add an authenticator app' }).click();
    const secret = await page.getByRole('region', { name: 'Secret' }).innerText();
    const app = new App(secret.replaceAll(/\s/g, ''));
    expect(await page.getByRole('link', { name: 'Open in the app' }).getAttribute('href')).toMatch(
      /^otpauth:\/\/totp\/Postern:dana%40example\.org\?secret=[A-Z2-7]{32}&issuer=Postern$/,
    );
    await page.fill('input[name=code]', app.codeAt(Date.now()));
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const codes = (await page.getByRole('region', { name: 'Recovery codes' }).innerText()).trim().split('\n');
    expect(codes).toHaveLength(10);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('10 recovery codes are left.').waitFor();
    expect([await axeFindings(page), await isTooWide(page)]).toEqual([[], false]);

    await signOut(page);
    await password(page, 'dana@example.org');
    expect(await axeFindings(page)).toEqual([]);
    // The step after the one that it was added with: the server takes it early.
    await page.fill('input[name=code]', app.codeAt(Date.now() + STEP_MS));
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Menu' }).waitFor();
    await signOut(page);
    await password(page, 'dana@example.org');
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.fill('input[name=recovery_code]', codes[0] ?? '');
    await page.keyboard.press('Enter');
    await page.getByText('9 recovery codes are left.').waitFor();
    expect(complaints).toEqual([]);
    expect(stage.relay.log()).not.toContain(codes[1]);
  });

  it('a passkey is added, and signs in alone and after the password', async () => {
    const { page, complaints } = await newcomer('erin@example.org');
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
        ...{ isUserVerified: true, automaticPresenceSimulation: true },
      },
    });
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Laptop');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('region', { name: 'Recovery codes' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Remove Laptop' }).waitFor();

    await signOut(page);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('button', { name: 'Remove Laptop' }).waitFor();
    await signOut(page);
    await password(page, 'erin@example.org');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('button', { name: 'Remove Laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('None yet.').waitFor();
    expect(complaints).toEqual([]);
    const actions = (await stage.relay.ctlList<{ action: string }>('audit', 'list')).map(
      ({ action }) => action,
    );
    expect(actions).toContain('user factor add');
    expect(actions).toContain('user factor remove');
  });
});
