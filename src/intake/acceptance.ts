/**
 * State shared by SMTP and HTTP: one set of limits, throttles and memory for the process, so that one credential's
 * mail counts together. Created once by the composition root.
 */
import type { SuppressionReader } from '../store/suppressions.ts';
import type { Config, DeliveryConfig, SubmissionConfig } from '../config/config.ts';
import { ContentMemory } from './content-memory.ts';
import { createStrangerLog, type StrangerLog } from '../smtp/server/stranger-log.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { MessageTracer } from '../platform/message-tracer.ts';
import type { Random } from '../platform/random.ts';
import type { KeyedHash } from '../platform/keyed-hash.ts';
import { LoginThrottle, throttleKeyHash } from '../policy/login-throttle.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { TemplateReader } from '../store/templates.ts';
import type { RefusalWriter } from '../store/refusals.ts';
import type { LimitWriter } from '../store/shared-limits.ts';
import type { Spool } from '../store/spool.ts';
import { NOTHING_COUNTED, type UsageReader } from '../store/usage.ts';
import type { TemplateEngine } from '../template/template-engine.ts';
import type { AcceptanceContext } from './accept-message.ts';
import { Authenticator } from './authentication.ts';
import { MessageTemplates } from './message-templates.ts';
import { MessageIds } from './message-ids.ts';
import { NullMxCheck, type NullMxLookup } from './null-mx-check.ts';
import { SharedRates } from './shared-rates.ts';
import { RefusalKeeper } from './refusal-keeper.ts';
import { RehashRecorder } from './rehash-recorder.ts';
import { StreamFitWatch } from './stream-fit-watch.ts';
import { UseRecorder } from './use-recorder.ts';
import { UsageLimiter } from './usage-limiter.ts';

/** Its slice of the configuration. */
export interface AcceptanceConfig extends Pick<Config, 'hostname'> {
  readonly submission: Omit<
    SubmissionConfig,
    'listen' | 'listenTls' | 'listenCertificates' | 'maxConnections' | 'maxConnectionsPerAddress'
  >;
  readonly inbound: Pick<Config['inbound'], 'postmaster'>;
  readonly delivery: Pick<DeliveryConfig, 'maxAgeMs'>;
}

export interface AcceptanceOptions {
  /** Live. */
  readonly config: AcceptanceConfig;
  readonly directory: Pick<
    DirectoryReader,
    | 'credentialByUsername'
    | 'credentialBySecretHash'
    | 'credentialByCertificate'
    | 'findCredential'
    | 'networkCredentials'
    | 'findDomain'
    | 'domainHolder'
    | 'dkimKeys'
    | 'oldestVerifiedDomain'
    | 'latestVersion'
    | 'credentialsChangedSince'
    | 'knownStreams'
    | 'streamByName'
  > &
    Pick<SuppressionReader, 'suppressionFor'> &
    Pick<TemplateReader, 'findTemplate' | 'templateVersion'>;
  readonly spool: Pick<Spool, 'accept' | 'acceptAll' | 'putChunk' | 'abandonUpload'>;
  /** Keeps refused messages; `undefined`: they are counted only. */
  readonly refusalWriter?: RefusalWriter | undefined;
  readonly templateEngine: TemplateEngine;
  readonly box: KeyedHash;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** `undefined`: nothing is traced. */
  readonly tracer?: MessageTracer | undefined;
  /** True for a null MX; `undefined`: no look-up. */
  readonly checkNullMx?: NullMxLookup;
  /** How long any delivery may be tried by the rules in force; default: `delivery.max_age`. */
  readonly longestAgeMs?: AcceptanceContext['longestAgeMs'] | undefined;
  /** What was counted of credentials and accounts, so that their limits survive a restart; default: nothing. */
  readonly usageReader?: UsageReader | undefined;
  /** Where other nodes take the same credentials' mail; default: none does. */
  readonly sharedLimits?: LimitWriter | undefined;
}

/** Dependencies of the decision about a recipient. */
export interface RecipientContext {
  readonly directory: Pick<SuppressionReader, 'suppressionFor'>;
  readonly limits: UsageLimiter;
  readonly clock: Clock;
  /** Live. */
  readonly config: { readonly submission: Pick<SubmissionConfig, 'maxRecipients' | 'suppressedRecipients'> };
  /** `undefined`: null MX is left to delivery. */
  readonly nullMx: NullMxCheck | undefined;
}

export interface Acceptance extends AcceptanceContext, RecipientContext {
  readonly directory: AcceptanceOptions['directory'];
  readonly spool: AcceptanceOptions['spool'];
  readonly refusals: RefusalKeeper;
  readonly authenticator: Authenticator;
  readonly streamFit: StreamFitWatch;
  /** Where credentials are used from, for all protocols. */
  readonly uses: UseRecorder;
  /** Secrets to be hashed under the present master key, for all protocols. */
  readonly rehashes: RehashRecorder;
  /** Failed logins by address and user, for all protocols. */
  readonly throttle: LoginThrottle;
  /** Log of clients without a credential, for all protocols. */
  readonly strangers: StrangerLog;
  readonly memory: ContentMemory;
  readonly templates: MessageTemplates;
  readonly templateEngine: TemplateEngine;
  readonly random: Random;
  readonly config: AcceptanceConfig;
  /** Message ids with their report tokens. */
  readonly ids: MessageIds;
}

/** Above this, content in memory goes to the store in smaller parts. */
const CONTENT_MEMORY_BYTES = 128 * 1024 * 1024;

export function createAcceptance(options: AcceptanceOptions): Acceptance {
  const { config, directory, box, clock, log, checkNullMx } = options;
  const strangers = createStrangerLog(log, clock);
  const throttle = new LoginThrottle(throttleKeyHash(box.hmacs), {
    shared: options.sharedLimits !== undefined,
  });
  const rehashes = new RehashRecorder();
  return {
    directory,
    spool: options.spool,
    limits: new UsageLimiter({
      reader: options.usageReader ?? NOTHING_COUNTED,
      hashes: box.hmacs,
      shared: options.sharedLimits && new SharedRates(options.sharedLimits, clock),
    }),
    refusals: new RefusalKeeper({ writer: options.refusalWriter, clock, log }),
    clock,
    random: options.random,
    log,
    tracer: options.tracer,
    config,
    longestAgeMs: options.longestAgeMs ?? ((ofStreamMs) => ofStreamMs ?? config.delivery.maxAgeMs),
    streamFit: new StreamFitWatch(),
    ids: new MessageIds(options.random, (text) => box.hmac(text)),
    authenticator: new Authenticator({ directory, box, rehashes, throttle, clock, log, strangers }),
    rehashes,
    throttle,
    uses: new UseRecorder(),
    strangers,
    memory: new ContentMemory(CONTENT_MEMORY_BYTES),
    templates: new MessageTemplates(directory, options.templateEngine),
    templateEngine: options.templateEngine,
    nullMx: checkNullMx === undefined ? undefined : new NullMxCheck(checkNullMx, clock),
  };
}
