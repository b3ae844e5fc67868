/** A real OpenID Connect provider (oidc-provider) on loopback, with its own sign-in and consent forms. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import Provider from 'oidc-provider';
import { onTestFinished } from 'vitest';

export const CLIENT_ID = 'postern';
export const CLIENT_SECRET = 'a-client-secret-of-the-test';

/** Claims by subject, which is what one types as the login. Live. */
export type Accounts = Record<string, Record<string, unknown>>;

export interface RealProvider {
  readonly issuer: string;
  readonly accounts: Accounts;
  /** Requests so far, as `POST /token`. */
  readonly asked: readonly string[];
}

export interface RealProviderOptions {
  /** A function is called when the provider has its own port. */
  readonly redirectUri: string | (() => Promise<string>);
  readonly accounts: Accounts;
  /** Else they are in userinfo alone. */
  readonly claimsInToken?: boolean;
}

export async function realProvider({
  redirectUri,
  accounts,
  claimsInToken = false,
}: RealProviderOptions): Promise<RealProvider> {
  const asked: string[] = [];
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registered = typeof redirectUri === 'string' ? redirectUri : await redirectUri();
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [registered] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    conformIdTokenClaims: !claimsInToken,
    cookies: { keys: ['a key of the test'] },
    pkce: { required: () => true },
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ sub, ...accounts[sub] }),
    }),
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    asked.push(`${request.method ?? ''} ${(request.url ?? '').split('?')[0] ?? ''}`);
    void answer(request, response);
  });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { issuer, accounts, asked };
}
