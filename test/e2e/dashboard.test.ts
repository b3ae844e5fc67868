/**
 * The dashboard of a running relayd in a real browser: one support case from the invitation to the answer. Why did the customer get
 * no order confirmation, and what makes the next one arrive?
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openPage, startBrowser } from './support/browser.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const CUSTOMER = `bounce-550-5.1.1+customer@${RECIPIENT_DOMAIN}`;
/** A customer's own words: they stand there as they are. */
const SUBJECT = '<img src=x onerror=alert(1)> order 4711';
const PASSWORD = 'correct horse battery';

describe.skipIf(chromiumPath === undefined)('a support case in Chromium', () => {
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

  it('goes from the invitation to the reply that bounced, and takes the suppression away', async () => {
    const session = await stage.session();
    const from = `shop@${SENDER_DOMAIN}`;
    const content = `From: <${from}>\r\nTo: ${CUSTOMER}\r\nSubject: ${SUBJECT}\r\n\r\nthank you\r\n`;
    const id = await session.submitForId({ from, to: CUSTOMER, content });
    await session.quit();
    await stage.settled(id);

    const { invite_url: link } = await stage.relay.ctl<{ invite_url: string }>(
      ...['user', 'add', 'dana@example.org', '--role', 'operator', '--name', 'Dana'],
    );
    expect(link).toMatch(new RegExp(`^${stage.relay.httpUrl}/ui/invite#[\\w-]{43}$`));
    expect(stage.relay.log()).not.toContain(link.split('#')[1]);
    const { page, complaints } = await openPage(browser, { width: 1280, scheme: 'light' });
    await page.goto(link);
    await page.fill('input[name=password]', PASSWORD);
    await page.fill('input[name=repeat]', PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Messages' }).first().click();
    await page.getByRole('searchbox').first().fill('customer');
    await page.getByRole('link', { name: SUBJECT }).click();
    await page.locator('.trace').waitFor();
    expect(await page.locator('.trace').innerText()).toContain('550 5.1.1');
    expect(await page.locator('h1').innerText()).toContain(SUBJECT);

    await page.goto(`${stage.relay.httpUrl}/ui/suppressions?check=${encodeURIComponent(CUSTOMER)}`);
    await page.locator('.rules li').first().waitFor();
    await page
      .getByRole('button', { name: /^Remove/ })
      .first()
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Remove/ })
      .click();
    await expect.poll(() => stage.relay.ctlList('suppression', 'list')).toEqual([]);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('input[name=email]').waitFor();
    await page.goto(`${stage.relay.httpUrl}/ui/messages`);
    await page.fill('input[name=email]', 'dana@example.org');
    await page.fill('input[name=password]', PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: SUBJECT }).waitFor();
    expect(complaints).toEqual([]);

    const lines = await stage.relay.ctlList<{ actor: string; action: string }>('audit', 'list');
    const [dana] = await stage.relay.ctlList<{ id: string }>('user', 'list');
    expect(lines.find(({ action }) => action === 'suppression remove')?.actor).toContain(`user:${dana?.id}`);
  });
});
