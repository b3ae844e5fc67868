/** The options of the delivery service: the store, DNS, keys and connections, its settings, and replacements for tests. */
import type { SuppressionReader } from '../store/suppressions.ts';
import type { DeliveryConfig } from '../config/config.ts';
import type { WindowWriter } from '../store/shaping.ts';
import type { SigningKey } from '../dkim/sign.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { MessageTracer } from '../platform/message-tracer.ts';
import type { Random } from '../platform/random.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import type { ShapingRules } from '../policy/shaping/shaping-rules.ts';
import type { SoftBounceRule } from '../policy/soft-bounces.ts';
import type { ContentReader } from '../store/content-reader.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { AttemptReader } from '../store/queue-admin.ts';
import type { DkimKey } from '../store/directory-records.ts';
import type { DestinationView } from '../store/views.ts';
import type { Lease } from '../store/lease.ts';
import type { Spool } from '../store/spool.ts';
import type { DeliveryLimits } from './limits.ts';
import type { SignMessage } from './content/message-signer.ts';
import type { RecipientFields } from './content/recipient-fields.ts';
import type { ReversePathFor } from './return-path.ts';
import type { SourceChooser } from './route/egress.ts';
import type { FindSmartHost } from './route/find-smart-host.ts';
import type { EgressSettings } from './route/route-table.ts';
import type { FindRoute } from './route/routes.ts';
import type { StoredWaitsAccess } from './shaping/stored-waits.ts';
import type { AutomaticLimits } from './shaping/automatic-limits.ts';
import type { OperatorsSuspensions } from './shaping/suspended.ts';
import type { StreamTermsOfMail } from './stream-terms.ts';
import type { Connect } from '../smtp/client/session.ts';
import type { SmtpTimeouts } from '../smtp/client/timeouts.ts';
import type { HostPort } from '../platform/network/host-port.ts';

/** Of `config` all but the port, and what else a reload may change, is read at each use. */
export interface DeliveryOptions {
  readonly spool: Spool;
  /** Of what is claimed there; default: it never ends. */
  readonly lease?: Lease | undefined;
  /** How many nodes send to the same hosts, this one included; default: it is the only one. */
  readonly nodes?: (() => number) | undefined;
  readonly content: ContentReader;
  readonly attempts: AttemptReader;
  readonly directory: Pick<DirectoryReader, 'dkimKeys' | 'findDomain' | 'domainHolder'> &
    Pick<SuppressionReader, 'suppressionFor'>;
  /** Opens a sealed DKIM key; throws when it cannot. */
  readonly openKey: (key: DkimKey) => SigningKey;
  /** `submission.require_verified_domain` is off: mail of unknown domains is sent unsigned. */
  readonly unknownDomainsUnsigned?: boolean;
  readonly resolver: Resolver;
  readonly connect: Connect;
  /** Those that `connect` keeps to, where they are not the default ones. */
  readonly timeouts?: SmtpTimeouts;
  readonly config: DeliveryConfig;
  /** Default: soft bounces never suppress. */
  readonly softBounces?: SoftBounceRule;
  /** Name of this relay; an MX of that name is itself. */
  readonly hostname: string;
  /** Addresses and ports that this relay listens on, wildcards included: it never delivers to itself. */
  readonly ownAddresses: readonly HostPort[];
  /** Read at each outcome: the owner may replace them while it runs. */
  readonly rules: BounceRules;
  /** How fast mail may go where; default: as fast as it is taken. Another object after a reload. */
  readonly shaping?: (() => ShapingRules) | undefined;
  /** Where messages of a minute, an hour and a day are counted; default: nowhere, and what has such a limit waits. */
  readonly windows?: WindowWriter | undefined;
  /** What waits in the store for limits; default: it is looked at when its time has come. */
  readonly waits?: StoredWaitsAccess | undefined;
  /** How often mail is looked for that is to be returned by a time, whatever keeps it; default: never. */
  readonly overdueEveryMs?: number | undefined;
  /** Limits that the relay sets itself; default: it sets none. */
  readonly automaticLimits?: AutomaticLimits | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** `undefined`: nothing is traced. */
  readonly tracer?: MessageTracer | undefined;
  readonly limits?: Partial<DeliveryLimits>;
  /** Destinations that are failing by the store: their back-off continues. */
  readonly failing?: readonly Pick<DestinationView, 'name' | 'failures'>[];
  /** How mail leaves; default: direct, all of it. Read at each use. */
  readonly egress?: EgressSettings;
  /** What mail leaves from; default: no sources. */
  readonly sources?: SourceChooser;
  /** What an operator has suspended; default: nothing. */
  readonly suspended?: OperatorsSuspensions;
  /** What streams say of their mail; default: nothing. */
  readonly streams?: StreamTermsOfMail;
  /** The envelope sender at delivery; default: the client's. */
  readonly reversePathFor?: ReversePathFor;
  /** Fields that each recipient gets for themselves; default: none. */
  readonly recipientFields?: RecipientFields;
  /** Instead of signing with the directory's keys. */
  readonly sign?: SignMessage;
  /** Instead of asking `resolver`. */
  readonly findRoute?: FindRoute;
  readonly findSmartHost?: FindSmartHost;
  /** An error of our own: the process is to end, since what it was about stays claimed. */
  readonly onBug: (error: unknown) => void;
}
