/** The rule for the end of what is added with one: it lies ahead. */
import { timestamp } from '../api-json/timestamp.ts';
import { invalid, type AdminRefusal } from './refusal.ts';

/** Why it cannot end then. `undefined`: it can, or it has no end. */
export function pastExpiry(expiresAtMs: number | undefined, nowMs: number): AdminRefusal | undefined {
  if (expiresAtMs === undefined || expiresAtMs > nowMs) return undefined;
  return invalid(
    'expiresAtMs',
    (nameOf) => `${nameOf('expiresAtMs')} ${timestamp(expiresAtMs)} is not in the future`,
  );
}
