/** A browser for all tests of a `describe`, and the canned answers that each of them has anew. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startBrowser } from './browser.ts';
import { answersOf } from './dashboard-data.ts';
import { DashboardStub } from './dashboard-stub.ts';

export interface BrowserOverStub {
  readonly browser: Browser;
  readonly stub: DashboardStub;
}

/** `messages`: how many there are. Call in a `describe`. */
export function browserOverStub(messages: number): BrowserOverStub {
  let browser: Browser;
  let stub: DashboardStub;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    stub = await DashboardStub.start(answersOf(messages));
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await stub[Symbol.asyncDispose]();
  });
  return {
    get browser() {
      return browser;
    },
    get stub() {
      return stub;
    },
  };
}
