/**
 * The files that the browser gets (dist/ui, as the build wrote them), read once. A path is looked up among their names, so
 * no path leads anywhere else; every other path of the dashboard is the page itself, whose script finds what to show.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { HttpApp } from '../route-context.ts';
import { ApiError } from '../api-error.ts';
import { DASHBOARD_PATH } from './dashboard-place.ts';

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
  readonly gzipped: Buffer;
}

/** By their path below `/ui/`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};
const INDEX = 'index.html';
const ASSETS = 'assets/';
const CSP = [
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'",
  "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
].join('; ');

/** Empty where nothing was built. */
export function readPages(folder: string): PageFiles {
  const files = new Map<string, PageFile>();
  for (const name of namesIn(folder)) {
    const type = TYPES[path.extname(name)];
    if (type === undefined) continue;
    const content = readFileSync(path.join(folder, name));
    files.set(name.split(path.sep).join('/'), { type, content, gzipped: gzipSync(content) });
  }
  return files;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function registerPages(app: HttpApp, files: PageFiles): void {
  const config = { open: true } as const;
  const schema = { hide: true };
  app.get(DASHBOARD_PATH, { config, schema }, (_request, reply) => reply.redirect(`${DASHBOARD_PATH}/`));
  app.get(`${DASHBOARD_PATH}/*`, { config, schema }, async (request, reply) => {
    const name = (request.params as { readonly '*': string })['*'];
    if (name.startsWith('api/')) throw new ApiError(404, 'not-found', 'there is nothing at this path');
    const isAsset = name.startsWith(ASSETS);
    const file = files.get(name) ?? (isAsset ? undefined : files.get(INDEX));
    if (file === undefined) throw new ApiError(404, 'not-found', 'there is no such file in this version');
    // Names of assets change with their content.
    void reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
    void reply.header('content-security-policy', CSP).header('vary', 'accept-encoding').type(file.type);
    if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return await reply.send(file.content);
    return await reply.header('content-encoding', 'gzip').send(file.gzipped);
  });
}
