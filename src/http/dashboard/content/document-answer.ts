/**
 * The answer that a frame of the dashboard draws: HTML of a stranger or a tenant, written anew by preview/draw-html.ts. Its policy
 * holds without that: an origin of its own, no script, no form, nothing fetched, no frame but the dashboard's around it.
 * W3C CSP 3; HTML Living Standard §7.6.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { forbidden } from '../../api-error.ts';

/** `style-src`: of the message itself, in here alone. */
const POLICY = [
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
  "form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
].join('; ');

/** Throws ApiError 403 where a browser says that it is not for a frame, such as for a tab of its own. */
export function refuseOtherPlaces({ headers }: Pick<FastifyRequest, 'headers'>): void {
  const place = headers['sec-fetch-dest'];
  if (place === undefined || place === 'iframe') return;
  throw forbidden('not-in-a-frame', 'this is shown within a page of the dashboard alone');
}

export async function sendDocument(reply: FastifyReply, document: string): Promise<FastifyReply> {
  return await reply
    .headers({
      'content-security-policy': POLICY,
      'x-frame-options': 'SAMEORIGIN',
      'x-dns-prefetch-control': 'off',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=(), autoplay=(), fullscreen=()',
    })
    .type('text/html; charset=utf-8')
    .send(document);
}
