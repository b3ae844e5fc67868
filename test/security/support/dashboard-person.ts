/** Somebody at the dashboard of a stage: real HTTP, with the header fields that a browser sends. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { addPerson, invitePerson } from '../../../src/admin/people/people.ts';
import { isRefusal } from '../../../src/admin/refusal.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { NewGrant } from '../../../src/store/people-records.ts';
import type { HttpStage } from '../../http/support/http-stage.ts';

export const PASSWORD = 'correct horse battery';

export interface DashboardAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // What a test looks at is its own business.
  readonly body: any;
}

export interface DashboardCall {
  readonly method?: string;
  readonly body?: unknown;
  /** `undefined`: not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

const ADMIN: NewGrant = { accountId: undefined, role: 'admin', readsContent: false };

/** Adds a person with the operator's command, and resolves to the token of the invitation. */
export async function invited(
  { store, reader }: HttpStage,
  grant: Partial<NewGrant> = {},
  email = 'carol@example.org',
): Promise<string> {
  const context = { ...store, reader, clock: systemClock, random: systemRandom, actor: 'test' };
  const grants = [{ ...ADMIN, ...grant }];
  const added = await addPerson({ email, name: undefined, grants }, context);
  if (isRefusal(added)) throw new Error(JSON.stringify(added));
  const invitation = await invitePerson(added.id, context);
  if (isRefusal(invitation)) throw new Error(JSON.stringify(invitation));
  return invitation.token;
}

/** Added, and signed in by the invitation. */
export async function signedIn(
  stage: HttpStage,
  grant: Partial<NewGrant> = {},
  email?: string,
): Promise<Browser> {
  const browser = new Browser(stage);
  const { status, body } = await browser.call('/ui/api/invite', {
    body: { token: await invited(stage, grant, email), password: PASSWORD },
  });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return browser;
}

export class Browser {
  readonly #port: number;
  cookie: string | undefined;

  constructor({ port }: Pick<HttpStage, 'port'>) {
    this.#port = port;
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** As a page of the dashboard does it; `headers` replace or take away. */
  async call(pathname: string, { method, body, headers = {} }: DashboardCall = {}): Promise<DashboardAnswer> {
    const sent = Object.entries({
      host: this.host,
      origin: body === undefined && method === undefined ? undefined : `http://${this.host}`,
      'sec-fetch-site': 'same-origin',
      cookie: this.cookie,
      'content-type': body === undefined ? undefined : 'application/json',
      ...headers,
    }).filter((field): field is [string, string] => field[1] !== undefined);
    const request = httpRequest({
      ...{ host: '127.0.0.1', port: this.#port, path: pathname, agent: false },
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: Object.fromEntries(sent),
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const answered = await text(response);
    const [cookie] = response.headers['set-cookie'] ?? [];
    if (cookie !== undefined) this.cookie = cookie.split(';')[0];
    const isJson = response.headers['content-type']?.startsWith('application/json') === true;
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: isJson && answered !== '' ? JSON.parse(answered) : answered,
    };
  }
}
