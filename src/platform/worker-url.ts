/** The URL of a worker thread's entry module next to its caller: `.ts` when run from source, `.js` when built. */

/** `workerUrl(import.meta.url, './delivery-thread')`. */
export function workerUrl(importMetaUrl: string, relative: string): URL {
  return new URL(relative + (importMetaUrl.endsWith('.ts') ? '.ts' : '.js'), importMetaUrl);
}
