/** Second factors of somebody at the dashboard of a stage: enrolled by the routes, as the page does it. */
import { codeAt, stepAt } from '../../../src/platform/totp.ts';
import type { Browser, DashboardAnswer } from './dashboard-person.ts';
import { SoftwareAuthenticator } from './software-authenticator.ts';

export const SECURITY = '/ui/api/security';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator app that has the secret. */
export class App {
  readonly #secret: Buffer;

  constructor(text: string) {
    const bits = Array.from(text, (character) => BASE32.indexOf(character).toString(2).padStart(5, '0')).join(
      '',
    );
    this.#secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
  }

  codeAt(nowMs: number): string {
    return codeAt(this.#secret, stepAt(nowMs));
  }
}

export interface Enrolled {
  readonly app: App;
  readonly recoveryCodes: readonly string[];
}

/** `nowMs`: of the stage's clock. */
export async function enrolApp(browser: Browser, nowMs: number): Promise<Enrolled> {
  const { body: start } = await ok(browser.call(`${SECURITY}/totp-options`, { body: {} }));
  const app = new App(start.secret);
  const body = { state: start.state, code: app.codeAt(nowMs), name: 'App' };
  const { body: added } = await ok(browser.call(`${SECURITY}/totp`, { body }));
  return { app, recoveryCodes: added.recovery_codes };
}

/** As it is asked by its name. */
export function namedLocalhost(browser: Browser): { host: string; origin: string } {
  const host = browser.host.replace('127.0.0.1', 'localhost');
  return { host, origin: `http://${host}` };
}

export async function enrolPasskey(
  browser: Browser,
  authenticator = new SoftwareAuthenticator(),
): Promise<SoftwareAuthenticator> {
  const headers = namedLocalhost(browser);
  const { body: start } = await ok(browser.call(`${SECURITY}/passkeys-options`, { body: {}, headers }));
  const facts = { origin: headers.origin, rpId: 'localhost', challenge: start.options.challenge };
  const body = { state: start.state, response: authenticator.make(facts), name: 'Key' };
  await ok(browser.call(`${SECURITY}/passkeys`, { body, headers }));
  return authenticator;
}

async function ok(call: Promise<DashboardAnswer>): Promise<DashboardAnswer> {
  const answer = await call;
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer;
}
