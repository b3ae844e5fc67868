/** The rule for expiry times: they are in the future. */
import { timestamp } from '../api-json/timestamp.ts';
import { invalid, type AdminRefusal } from './refusal.ts';

/** `undefined`: it is in the future, or there is none. */
export function pastExpiry(expiresAtMs: number | undefined, nowMs: number): AdminRefusal | undefined {
  if (expiresAtMs === undefined || expiresAtMs > nowMs) return undefined;
  return invalid(
    'expiresAtMs',
    (nameOf) => `${nameOf('expiresAtMs')} ${timestamp(expiresAtMs)} is not in the future`,
  );
}
