/** A dashboard whose people sign in by an OpenID Connect provider, and browsers that do. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { OidcConfig } from '../../../src/config/config.ts';
import { stage, type HttpStage, type StageOptions } from '../../http/support/http-stage.ts';
import { CLIENT_ID, CLIENT_SECRET } from './real-oidc-provider.ts';

export const CALLBACK = '/ui/api/session/oidc/callback';

export interface OidcStage {
  readonly relay: HttpStage;
  readonly url: string;
  readonly redirectUri: string;
  /** As a reload of the configuration does. */
  readonly configure: (issuer: string, parts?: Partial<OidcConfig>) => void;
}

export async function oidcStage(options: StageOptions = {}): Promise<OidcStage> {
  const relay = await stage(options);
  const url = `http://127.0.0.1:${relay.port}`;
  const configure = (issuer: string, parts: Partial<OidcConfig> = {}) => {
    const client = { issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
    Object.assign(relay.config, {
      dashboard: { url, oidc: { ...relay.config.dashboard.oidc, ...client, ...parts } },
    });
  };
  return { relay, url, redirectUri: url + CALLBACK, configure };
}

export interface Visit {
  readonly status: number;
  readonly location: string;
  readonly headers: IncomingHttpHeaders;
  readonly setCookies: readonly string[];
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
}

/** A browser with a jar of cookies by host and port, that goes where it is sent. */
export class Visitor {
  readonly #forwardedFor: string | undefined;
  readonly #jars = new Map<string, Map<string, string>>();

  /** `forwardedFor`: as a proxy says of it. */
  constructor(forwardedFor?: string) {
    this.#forwardedFor = forwardedFor;
  }

  cookie(url: string, name: string): string | undefined {
    return this.#jar(url).get(name);
  }

  setCookie(url: string, name: string, value: string): void {
    this.#jar(url).set(name, value);
  }

  /** One request; a redirect is not followed. Not by fetch, which says a Sec-Fetch-Mode of its own. */
  async visit(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Visit> {
    const jar = this.#jar(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const form =
      body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
    const sent = httpRequest(url, {
      ...{ method, agent: false },
      headers: {
        ...(cookie === '' ? {} : { cookie }),
        ...(this.#forwardedFor === undefined ? {} : { 'x-forwarded-for': this.#forwardedFor }),
        ...form,
        ...headers,
      },
    });
    sent.end(body?.toString());
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const answered = await text(response);
    const setCookies = response.headers['set-cookie'] ?? [];
    for (const set of setCookies) {
      const [pair = '', ...attributes] = set.split(';');
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (value === '' || attributes.some((one) => /max-age=0$/i.test(one.trim()))) jar.delete(name);
      else jar.set(name, value);
    }
    const { location = '' } = response.headers;
    return {
      ...{ status: response.statusCode ?? 0, headers: response.headers, setCookies, body: answered },
      location: location === '' ? '' : new URL(location, url).href,
    };
  }

  /** As the sign-in page does it. */
  async begin(url: string, to?: string): Promise<Visit> {
    return await this.visit(`${url}/ui/api/session/oidc`, {
      method: 'POST',
      headers: { origin: url, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
      body: JSON.stringify({ to }),
    });
  }

  /** The provider's address for a sign-in that begins. */
  async providerAddress(url: string, to?: string): Promise<URL> {
    const { status, body } = await this.begin(url, to);
    if (status !== 200) throw new Error(body);
    return new URL((JSON.parse(body) as { url: string }).url);
  }

  /** Through the provider's forms, to the address of the callback. */
  async throughForms(address: URL, login: string, redirectUri: string): Promise<string> {
    let url = address.href;
    for (let step = 0; step < 12; step++) {
      if (url.startsWith(redirectUri)) return url;
      const { location, body } = await this.visit(url);
      if (location !== '') {
        url = location;
        continue;
      }
      const prompt = /name="prompt" value="(\w+)"/.exec(body)?.[1];
      if (prompt === undefined) throw new Error(`no form at ${url}: ${body}`);
      const form = new URLSearchParams({ prompt, ...(prompt === 'login' ? { login, password: 'x' } : {}) });
      const action = /<form[^>]* action="([^"]+)"/.exec(body)?.[1] ?? url;
      url = (await this.visit(new URL(action, url).href, { method: 'POST', body: form })).location;
    }
    throw new Error(`the provider leads nowhere: ${url}`);
  }

  /** As a browser comes back from another site. */
  async comeBack(callback: string): Promise<Visit> {
    return await this.visit(callback, {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    });
  }

  /** From the sign-in page to the page afterwards. */
  async signIn({ url, redirectUri }: OidcStage, login: string, to?: string): Promise<Visit> {
    const callback = await this.throughForms(await this.providerAddress(url, to), login, redirectUri);
    return await this.comeBack(callback);
  }

  /** Whoever is signed in. */
  async person(url: string): Promise<{ readonly email: string } | undefined> {
    const { body } = await this.visit(`${url}/ui/api/session`, {
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    return (JSON.parse(body) as { person: { email: string } } | null)?.person;
  }

  #jar(url: string): Map<string, string> {
    const { host } = new URL(url);
    const jar = this.#jars.get(host) ?? new Map<string, string>();
    this.#jars.set(host, jar);
    return jar;
  }
}
