/**
 * What a form says: fields of a small body in application/x-www-form-urlencoded or multipart/form-data (RFC 7578), the two kinds
 * that mail programs send (RFC 8058 §3.2). Names in lower case; of several with one name the first counts. Pure.
 */
import { ONE_CLICK } from '../../links/list-unsubscribe.ts';

/** Octets of a body; such a form has sixty. */
export const MAX_FORM_BYTES = 1024;

/** What a POST wants. */
export type FormWish =
  | { readonly kind: 'one-click' }
  /** By a button of the page. */
  | { readonly kind: 'unsubscribe' | 'resubscribe'; readonly stream: string }
  | { readonly kind: 'unknown' };

const [ONE_CLICK_NAME = '', ONE_CLICK_VALUE = ''] = ONE_CLICK.toLowerCase().split('=');

/** `contentType`: of the request; `undefined`: none was given. */
export function readForm(body: Uint8Array, contentType: string | undefined): FormWish {
  const fields = fieldsOf(Buffer.from(body).toString(), contentType ?? '');
  if (fields.get(ONE_CLICK_NAME)?.trim().toLowerCase() === ONE_CLICK_VALUE) return { kind: 'one-click' };
  for (const kind of ['unsubscribe', 'resubscribe'] as const) {
    const stream = fields.get(kind);
    if (stream !== undefined) return { kind, stream };
  }
  return { kind: 'unknown' };
}

function fieldsOf(text: string, contentType: string): ReadonlyMap<string, string> {
  const boundary = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/is.exec(
    contentType,
  );
  const pairs =
    boundary === null
      ? new URLSearchParams(text.trim()).entries()
      : partsOf(text, boundary[1] ?? boundary[2] ?? '');
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    const key = name.trim().toLowerCase();
    if (!fields.has(key)) fields.set(key, value);
  }
  return fields;
}

function* partsOf(text: string, boundary: string): Generator<readonly [string, string]> {
  for (const part of text.split(`--${boundary}`)) {
    const [, header, value] = /^\r?\n(.*?)\r?\n\r?\n(.*?)\r?\n?$/s.exec(part) ?? [];
    const name = /^content-disposition:.*?\bname=(?:"([^"]*)"|([^\s;"]+))/im.exec(header ?? '');
    if (name !== null && value !== undefined) yield [name[1] ?? name[2] ?? '', value];
  }
}
