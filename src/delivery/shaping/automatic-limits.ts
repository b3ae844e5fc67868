/** What delivery asks and tells of the limits that it sets itself. Their figures are those of all nodes together. */
import type { AutomaticLimit } from '../../policy/shaping/automatic-limit.ts';
import type { BounceClass } from '../../policy/bounce-classes.ts';
import type { ReplyRule } from '../../policy/shaping/shaping-rules.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';

/** Where mail goes: what limits are about. MX records may name anybody's hosts, so each host speaks for itself alone. */
export interface LimitedPlace {
  /** The MX hosts, the preferred first; of a smart host `relay:` and the route's name; empty: of no site in particular. */
  readonly hosts: readonly LimitedHost[];
  /** Of the preferred host; `undefined`: none that is known. */
  readonly provider: string | undefined;
  /** `undefined`: the address that the system chooses. */
  readonly source: string | undefined;
}

export interface LimitedHost {
  readonly mx: string;
  readonly provider: string | undefined;
}

/** Not all hosts are of the provider: what they do is not the provider's. */
export function isMixed({ hosts, provider }: LimitedPlace): boolean {
  return hosts.some((host) => host.provider !== provider);
}

/** What a remote did not take, and what was in use when it said so. */
export interface Refusal {
  readonly record: AttemptRecord;
  /** Asked for only where a rule is about it. */
  readonly class: BounceClass;
  readonly destination: string;
  /** On this node: of the MX site, or of all sites of its provider, from that source. */
  readonly inUse: (scope: ReplyRule['scope']) => InUse;
}

export interface InUse {
  readonly connections: number;
  /** Messages that began in the last minute. */
  readonly perMinute: number;
}

export interface AutomaticLimits {
  /** The strictest limit in force; `undefined`: none. Cheap: asked before each message. */
  of(place: LimitedPlace, nowMs: number): AutomaticLimit | undefined;
  /** A remote did not take something. */
  refused(place: LimitedPlace, refusal: Refusal): void;
  /** It is the limit, in words, of some place. */
  isInForce(words: string, nowMs: number): boolean;
  /** Nothing goes to these places any more, for a time. */
  onSuspended(listener: (isMeant: (place: LimitedPlace) => boolean) => void): void;
  /** Limits have changed, by this node or another. */
  onChange(listener: (eased: Eased) => void): void;
}

/** Where more may go than before: in these places, and what waits for such a limit, in words. */
export interface Eased {
  readonly place: (place: LimitedPlace) => boolean;
  readonly words: (words: string) => boolean;
}

export const NO_AUTOMATIC_LIMITS: AutomaticLimits = {
  of: () => undefined,
  isInForce: () => false,
  refused: () => undefined,
  onSuspended: () => undefined,
  onChange: () => undefined,
};
