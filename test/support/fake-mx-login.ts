/** AUTH at the fake MX: the exchange of one login, by PLAIN, LOGIN or XOAUTH2. RFC 4954, RFC 4616. */
import type { FakeMxLogin } from './fake-mx-options.ts';

const DENIED = '535 5.7.8 authentication failed';

export class FakeMxAuth {
  readonly #mechanism: string;
  readonly #expected: FakeMxLogin;
  #username: string | undefined;
  #refusing = false;
  user: string | undefined;

  constructor(mechanism: string, expected: FakeMxLogin) {
    this.#mechanism = mechanism;
    this.#expected = expected;
  }

  /** Whether it understands the mechanism. */
  get known(): boolean {
    return ['PLAIN', 'LOGIN', 'XOAUTH2'].includes(this.#mechanism);
  }

  /** `undefined`: the command had no initial response. The reply: 334 goes on. */
  take(response: string | undefined): string {
    if (response === '*') return '501 5.7.0 cancelled';
    if (this.#refusing) return DENIED;
    if (response === undefined) return `334 ${this.#mechanism === 'LOGIN' ? base64('Username:') : ''}`;
    const text = Buffer.from(response, 'base64').toString();
    if (this.#mechanism === 'LOGIN') return this.#login(text);
    if (this.#mechanism === 'PLAIN') {
      const [, username = '', password = ''] = text.split('\0');
      return this.#decide(username, password);
    }
    const [, username = '', token = ''] = /^user=(.*)\x01auth=Bearer (.*)\x01\x01$/.exec(text) ?? [];
    if (this.#decide(username, token) !== DENIED) return '235 2.7.0 welcome';
    this.#refusing = true;
    return `334 ${base64('{"status":"401","schemes":"bearer"}')}`;
  }

  #login(text: string): string {
    if (this.#username !== undefined) return this.#decide(this.#username, text);
    this.#username = text;
    return `334 ${base64('Password:')}`;
  }

  #decide(username: string, password: string): string {
    if (username !== this.#expected.username || password !== this.#expected.password) return DENIED;
    this.user = username;
    return '235 2.7.0 welcome';
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
