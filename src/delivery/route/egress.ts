/**
 * How an entry leaves: by which route, to a smart host or to MX hosts, and from which source. Chosen anew at each placement
 * (router.ts); sites are kept by it, so that what is found out about one source or smart host says nothing about another.
 *
 * This file is also the seam of the sources: a `SourceChooser` says which source of a pool may send now, and is given what
 * remotes said of it. Without `[[source]]` it is `systemSource`, and nothing is asked or counted.
 */
import type { Clock } from '../../platform/clock.ts';
import type { FallbackCause, SmartHost } from '../../policy/egress/route-rules.ts';
import { dayOf } from '../../policy/egress/warm-up.ts';
import type { Source } from '../../policy/egress/source.ts';
import type { ConnectSource } from '../../smtp/client/session.ts';
import type { AttemptRecord } from '../../store/delivery-records.ts';

export interface Egress {
  /** Name of the route; `direct` where no table matches. */
  readonly route: string;
  /** `undefined`: to the MX hosts of the destination. */
  readonly smartHost: SmartHost | undefined;
  /** `undefined`: the address that the system chooses, under the name of this relay. */
  readonly source: Source | undefined;
  /** Whom the source's mail is counted with; `undefined` without a source. */
  readonly provider: string | undefined;
  /** Of the entry that leaves so: its share of a ceiling; `undefined`: there is none. */
  readonly tokens?: TokensTaken | undefined;
  /** Signed with DKIM. */
  readonly dkim: boolean;
  /** Why another route takes over; empty where none does, or has. */
  readonly fallbackOn: readonly FallbackCause[];
}

/** A way that was refused to one entry, for a reason that another way may not meet. */
export interface RefusedWay {
  readonly route: string;
  /** Name of the source; `undefined`: the route as a whole. */
  readonly source: string | undefined;
  readonly cause: FallbackCause;
}

/** Without routes and sources all mail leaves so. */
export const DIRECT: Egress = {
  route: 'direct',
  smartHost: undefined,
  source: undefined,
  provider: undefined,
  dkim: true,
  fallbackOn: [],
};

/** There may be another way for mail that this one is refused to. */
export function mayGoElsewhere({ source, fallbackOn }: Egress, cause: FallbackCause): boolean {
  return fallbackOn.includes(cause) || (cause === 'blocked' && source !== undefined);
}

interface Names {
  readonly route?: string;
  readonly source?: string;
}

const NO_NAMES: Names = {};

/** What attempts and events say of it; nothing where mail leaves as without routes and sources. */
export function namesOf({ route, source }: Egress): Names {
  if (route === DIRECT.route && source === undefined) return NO_NAMES;
  return {
    ...(route !== DIRECT.route && { route }),
    ...(source !== undefined && { source: source.name }),
  };
}

/**
 * Equal for entries that connections can be shared by. `mxSite`: the MX hosts of the destination; all destinations of a
 * smart host share its site.
 */
export function siteKey(mxSite: string, { route, smartHost, source }: Egress, requireTls: boolean): string {
  const to =
    smartHost === undefined ? mxSite : `relay ${route} at ${smartHost.host}:${String(smartHost.port)}`;
  const from = source === undefined ? '' : ` from ${source.name}`;
  return requireTls ? `${to}${from} (TLS required)` : `${to}${from}`;
}

/** How `source` connects to `address`; `undefined`: it has no address of that family. */
export function connectSource(source: Source, address: string): ConnectSource | undefined {
  const v6 = address.includes(':');
  const localAddress = source.addresses.find((own) => own.includes(':') === v6);
  if (localAddress === undefined) return undefined;
  const { hostname, clientCertificate, hop } = source;
  return { localAddress, hostname, clientCertificate, hop };
}

/** Of one entry: what a source is chosen by. */
export interface LeavingMail {
  readonly pool: string;
  /**
   * Who is behind the hosts it goes to: a provider of config/providers.toml, else the host of best preference that they
   * are known by; of a smart host `relay:` and the route's name.
   */
  readonly provider: string;
  /** Public id; what `keepSource` hashes. */
  readonly messageId: string;
  readonly keepSource: boolean;
  /** Forward-paths of this entry: as many tokens of a ceiling. */
  readonly recipients: number;
  /** Names of sources that this entry was refused from, or that reach nobody there: not those. Most often none. */
  readonly except: readonly string[];
}

/** Of a source in warm-up. */
export interface TokensTaken {
  /** Those of the entry that may leave: the others wait for tokens of their own. At least one. */
  readonly recipients: number;
  /** Since 1970-01-01, UTC: what begins on another day needs others. */
  readonly day: number;
}

export type SourceChoice =
  /** `undefined`: no source is configured. The entry's tokens are taken, until {@link SourceChooser.ended}. */
  | { readonly kind: 'leaves'; readonly source: Source | undefined; readonly tokens?: TokensTaken }
  /** Tokens are on their way from the store: ask again when it resolves. It never rejects. */
  | { readonly kind: 'ask-again'; readonly when: Promise<void> }
  /**
   * None of the pool may send there before `untilMs` (epoch). `limited`: each is refused by the provider or in `except`; else
   * at least one has reached its ceiling.
   */
  | {
      readonly kind: 'wait';
      readonly untilMs: number;
      readonly limited: boolean;
      readonly text: string;
      /** What is to end so that it may go earlier, in words. */
      readonly waitsFor?: string | undefined;
    };

/** A refusal, as policy/classify.ts reads it: of a connection, or of a transaction. */
export interface SourceRefusal {
  readonly source: Source;
  readonly provider: string;
  readonly record: AttemptRecord;
  /** Class of the reply. */
  readonly class: string;
  /** `undefined`: of a connection, for which nobody's message is at fault. */
  readonly messageId: string | undefined;
}

/** Whether its tokens, if it has any, may be spent now. */
export function areOfToday({ tokens }: Egress, clock: Pick<Clock, 'now'>): boolean {
  return tokens === undefined || tokens.day === dayOf(clock.now());
}

/** What came of the tokens of one entry. */
export interface SourceUse {
  readonly recipients: number;
  readonly handedOver: number;
  /** Recipients that the remote put off or refused for the rate or the standing of the source. */
  readonly turnedAway?: number | undefined;
  /** As {@link TokensTaken} had it; default: there were none. */
  readonly day?: number | undefined;
}

export interface SourceChooser {
  /** There are no sources: every choice is {@link systemSource}'s. */
  readonly isEmpty: boolean;
  choose(mail: LeavingMail): SourceChoice;
  /**
   * The entry is done with what {@link choose} gave it: settled, released, or placed anew. Of its `recipients` `handedOver`
   * were sent to the final dot; the tokens of the others are free.
   */
  ended(source: Source, provider: string, counts: SourceUse): void;
  /**
   * A remote refused a connection or a transaction for what it thinks of our address. Whether the source is taken out there
   * is the chooser's to count; the mail that met it asks {@link choose} again, with the source in `except`.
   */
  refused(refusal: SourceRefusal): void;
  /** A remote took mail of the source. */
  taken(source: Source, provider: string): void;
}

const SYSTEM: SourceChoice = { kind: 'leaves', source: undefined };

/** Without sources. */
export const systemSource: SourceChooser = {
  isEmpty: true,
  choose: () => SYSTEM,
  ended: () => undefined,
  refused: () => undefined,
  taken: () => undefined,
};
