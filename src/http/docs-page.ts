/**
 * `/openapi.json` and `/docs`: the API description for programs, and as a page rendered from the same document. The
 * page is self-contained: no script, no external resources.
 */
import { createHash } from 'node:crypto';
import type { HttpApp } from './route-context.ts';
import { renderDocs, STYLE } from './render-docs.ts';

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'public, max-age=300',
} as const;

/** `describe`: makes the document; called once, at the first request. */
export function registerDocsPage(app: HttpApp, describe: () => Promise<object>): void {
  let described: Promise<object> | undefined;
  let json: string | undefined;
  let page: string | undefined;
  app.get('/openapi.json', { config: { open: true }, schema: { hide: true } }, async (_request, reply) => {
    json ??= JSON.stringify(await (described ??= describe()));
    return await reply
      .header('cache-control', PAGE_HEADERS['cache-control'])
      .type('application/json; charset=utf-8')
      .send(json);
  });
  app.get('/docs', { config: { open: true }, schema: { hide: true } }, async (_request, reply) => {
    page ??= renderDocs(await (described ??= describe()));
    return await reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
  });
}
