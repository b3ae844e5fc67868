/**
 * Refuses heads that two programs in a row could interpret differently: repeated singleton fields, a missing or
 * malformed Host, a transfer coding other than chunked. Node.js silently keeps the first of some such fields and the
 * last of others. RFC 9112 §3.2, §6.1, §6.3; RFC 9110 §5.3, §7.2.
 */
import { isIPv6 } from 'node:net';

/** The part of node:http's message that is read. */
export interface RequestHead {
  /** Names and values alternating, as received. */
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
  /** The target: a path, or a whole URL. */
  readonly url?: string | undefined;
}

/** Singleton fields. Repeats of list fields are one field. */
const ONCE = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'last-event-id',
  'transfer-encoding',
]);
const HOST = /^(\[[^\]]+\]|[A-Za-z0-9._~-]+)(?::(\d{1,5}))?$/;
const MOST_PORT = 65_535;

/** The problem; `undefined`: none. */
export function headProblem({ rawHeaders, httpVersion, url = '/' }: RequestHead): string | undefined {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'only HTTP/1.1 and HTTP/1.0 are spoken here';
  const fields = new Map<string, string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!ONCE.has(name)) continue;
    if (fields.has(name)) return `the header field ${name} is there twice`;
    fields.set(name, rawHeaders[at + 1] ?? '');
  }
  const host = fields.get('host');
  if (!url.startsWith('/') && url !== '*' && authorityOf(url) !== host)
    return 'the target of the request names another host than the header field Host';
  return hostProblem(host, httpVersion) ?? framingProblem(fields, httpVersion);
}

function authorityOf(url: string): string | undefined {
  return /^https?:\/\/([^/?#]+)/i.exec(url)?.[1];
}

function hostProblem(host: string | undefined, httpVersion: string): string | undefined {
  if (host === undefined) return httpVersion === '1.0' ? undefined : 'the header field Host is missing';
  const [, name = '', port = '0'] = HOST.exec(host) ?? [];
  const literal = name.startsWith('[') && !isIPv6(name.slice(1, -1));
  return name === '' || literal || Number(port) > MOST_PORT
    ? 'the header field Host is not of the form name, or name:port'
    : undefined;
}

function framingProblem(fields: ReadonlyMap<string, string>, httpVersion: string): string | undefined {
  const coding = fields.get('transfer-encoding');
  if (coding === undefined) return undefined;
  if (fields.has('content-length')) return 'Content-Length and Transfer-Encoding exclude each other';
  if (httpVersion === '1.0') return 'Transfer-Encoding is not known to HTTP/1.0';
  return coding.toLowerCase() === 'chunked'
    ? undefined
    : 'the only Transfer-Encoding that is taken is chunked';
}

/** Its client waits for 100 Continue before it sends the body. */
export function expectsContinue({ expect }: { readonly expect?: string | undefined }): boolean {
  return expect?.toLowerCase() === '100-continue';
}
