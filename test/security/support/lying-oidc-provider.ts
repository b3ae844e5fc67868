/** A provider that says what a test wants of it: discovery, keys and tokens, and nothing that people see. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { onTestFinished } from 'vitest';
import { CLIENT_ID } from './real-oidc-provider.ts';

type Signs = 'well' | 'with another key' | 'not at all' | 'with the client secret';
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const { privateKey, publicKey } = await generateKeyPair('RS256');
const other = await generateKeyPair('RS256');

export class LyingProvider {
  readonly issuer: string;
  /** In place of what it says of itself. */
  metadata: Record<string, unknown> = {};
  /** Of the next ID tokens. */
  claims: Record<string, unknown> = {};
  /** How they are signed. */
  signs = 'well' as Signs;
  /** In place of its answers, by path. */
  readonly instead = new Map<string, Answer>();
  readonly asked: string[] = [];
  /** For HS256. */
  readonly #secret: string;

  private constructor(issuer: string, secret: string) {
    this.issuer = issuer;
    this.#secret = secret;
  }

  static async start(secret: string): Promise<LyingProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const { port } = server.address() as AddressInfo;
    const provider = new LyingProvider(`http://127.0.0.1:${port}`, secret);
    server.on('request', (request, response) => void provider.answer(request, response));
    return provider;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0] ?? '';
    this.asked.push(path);
    const instead = this.instead.get(path);
    if (instead !== undefined) {
      instead(request, response);
      return;
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(await this.#bodyOf(path)));
  }

  async #bodyOf(path: string): Promise<unknown> {
    if (path === '/jwks')
      return { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] };
    if (path === '/token')
      return {
        access_token: 'an-access-token',
        token_type: 'Bearer',
        expires_in: 60,
        id_token: await this.#idToken(),
      };
    return {
      ...{ issuer: this.issuer, jwks_uri: `${this.issuer}/jwks`, token_endpoint: `${this.issuer}/token` },
      ...{ authorization_endpoint: `${this.issuer}/auth`, response_types_supported: ['code'] },
      id_token_signing_alg_values_supported: ['RS256'],
      ...this.metadata,
    };
  }

  async #idToken(): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all: Record<string, unknown> = {
      iss: this.issuer,
      aud: CLIENT_ID,
      iat: now,
      exp: now + 60,
      sub: 'carol-1',
      ...this.claims,
    };
    const claims = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    if (this.signs === 'not at all') return new UnsecuredJWT(claims).encode();
    if (this.signs === 'with the client secret')
      return await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(this.#secret));
    const key: CryptoKey = this.signs === 'well' ? privateKey : other.privateKey;
    return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key);
  }
}
