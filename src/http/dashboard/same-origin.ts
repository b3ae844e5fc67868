/**
 * Requests of other sites' pages are refused, whatever cookie they bring: a change names the dashboard's own origin, and a browser
 * that says where a request of the API comes from says that it is from there. RFC 6454 §7; W3C Fetch Metadata.
 */
import type { FastifyRequest } from 'fastify';
import { forbidden } from '../api-error.ts';
import { originOf } from './dashboard-place.ts';

const READING = ['GET', 'HEAD'];

/** Throws ApiError 403. `url`: `dashboard.url`. */
export function refuseOtherOrigins(
  { method, headers }: Pick<FastifyRequest, 'method' | 'headers'>,
  url: string | undefined,
): void {
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined || site === 'same-origin';
  const { origin } = headers;
  const named = origin === undefined ? READING.includes(method) : origin === originOf(headers.host, url);
  if (isOwn && named) return;
  throw forbidden('other-origin', 'this request does not come from a page of the dashboard');
}
