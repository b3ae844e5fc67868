/**
 * The pictures of docs/images, made by the tests: SCREENSHOTS=write writes them anew. Otherwise it is held that each page still has
 * what its picture is of, and that the pictures are there and small.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chromiumPath, openPage, type Look } from './support/browser.ts';
import { browserOverStub } from './support/browser-over-stub.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../docs/images');
const MOST_BYTES = 80_000;
const HEIGHT = 460;
const writes = process.env['SCREENSHOTS'] === 'write';

const LIGHT: Look = { width: 1280, scheme: 'light' };
const PICTURES: readonly (readonly [name: string, address: string, shows: string, look: Look])[] = [
  ['dashboard-overview', '/ui/', '.short-list a', LIGHT],
  ['dashboard-trace', '/ui/messages/msg_0', '.trace .attempts', LIGHT],
  ['dashboard-content', '/ui/messages/msg_0', 'iframe.framed', LIGHT],
  ['dashboard-statistics-dark', '/ui/statistics', '.chart canvas', { width: 1280, scheme: 'dark' }],
  ['dashboard-messages-360', '/ui/messages', 'tbody a', { width: 360, scheme: 'light' }],
];

describe.skipIf(chromiumPath === undefined)('in Chromium', () => {
  const at = browserOverStub(250);

  it.each(PICTURES)('%s', async (name, address, shows, look) => {
    const { page, complaints } = await openPage(at.browser, look);
    // What is below is of no use in a document, and large.
    await page.setViewportSize({ width: look.width, height: HEIGHT });
    // Ages on the page are the same at each run.
    await page.clock.setFixedTime('2026-11-24T07:00:00Z');
    await page.goto(at.stub.url + address);
    if (name.includes('content')) {
      await page.getByRole('tab', { name: 'Content' }).click();
      await page.getByRole('button', { name: 'Show content' }).click();
    }
    await page.locator(shows).first().waitFor();
    if (name.includes('content'))
      await page.frameLocator(shows).getByRole('heading', { name: 'Thank you' }).waitFor();
    await page.waitForLoadState('load');
    // The clock of these tests is a script, which the frame of content does not run.
    expect(complaints.filter((one) => !one.includes('Blocked script execution'))).toEqual([]);
    if (!writes) return;
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path.join(FOLDER, `${name}.png`), await page.screenshot({ animations: 'disabled' }));
  });
});

it.each(PICTURES)('%s is there, and small', (name) => {
  const { length } = readFileSync(path.join(FOLDER, `${name}.png`));
  expect(length).toBeGreaterThan(5_000);
  expect(length).toBeLessThan(MOST_BYTES);
});
