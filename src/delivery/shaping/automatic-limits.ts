/** What delivery asks and tells of the limits that it sets itself. */
import type { AutomaticLimit } from '../../policy/shaping/automatic-limit.ts';
import type { BounceClass } from '../../policy/bounce-classes.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';

/** Where mail goes: what a limit is about. */
export interface LimitedPlace {
  /** The most preferred MX host; of a smart host `relay:` and the route's name. */
  readonly mx: string;
  /** `undefined`: none that is known. */
  readonly provider: string | undefined;
  /** `undefined`: the address that the system chooses. */
  readonly source: string | undefined;
}

export interface AutomaticLimits {
  /** The strictest limit in force; `undefined`: none. Cheap: asked before each message. */
  of(place: LimitedPlace, nowMs: number): AutomaticLimit | undefined;
  /** A remote did not take something. `connections`, `perMinute`: what was in use when it said so. */
  refused(
    place: LimitedPlace,
    said: {
      readonly record: AttemptRecord;
      readonly class: BounceClass;
      readonly destination: string;
      readonly connections: number;
      readonly perMinute: number;
    },
  ): void;
  /** When a limit changed, by this node or another: what waits may go. */
  onChange(listener: () => void): void;
}

export const NO_AUTOMATIC_LIMITS: AutomaticLimits = {
  of: () => undefined,
  refused: () => undefined,
  onChange: () => undefined,
};
