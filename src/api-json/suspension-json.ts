/** A suspension as `--json` and the dashboard have it. The keys are part of the contract. */
import type { Suspension } from '../store/shaping.ts';
import { timestamp } from './timestamp.ts';

/** Of what is suspended, or not: beside its own keys. */
export function suspensionJson(suspension: Suspension | undefined) {
  return {
    suspended_since: timestamp(suspension?.atMs),
    suspended_until: timestamp(suspension?.untilMs),
    suspended_reason: suspension?.reason ?? null,
    suspended_by: suspension?.actor ?? null,
  };
}
