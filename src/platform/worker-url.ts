/** Where the entry module of a worker thread lies: beside its caller, `.ts` when run from source, `.js` when built. */

/** `workerUrl(import.meta.url, './delivery-thread')`. */
export function workerUrl(importMetaUrl: string, relative: string): URL {
  return new URL(relative + (importMetaUrl.endsWith('.ts') ? '.ts' : '.js'), importMetaUrl);
}
