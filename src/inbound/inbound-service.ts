/**
 * The port-25 service (`inbound.listen`): accepts reports about the relay's own mail (bounces, complaints) and mail
 * to postmaster. STARTTLS is offered, AUTH is not, and nothing is relayed. A stranger's input is bounded in size,
 * number and time; a report changes a delivery only through the store's commit, once.
 */
import type { Config, RuleFiles } from '../config/config.ts';
import type { SuppressionReader } from '../store/suppressions.ts';
import type { Resolver } from '../dns/resolver.ts';
import type { ReadReport } from '../dsn/read/report-reader.ts';
import type { AcceptedHashes } from '../platform/keyed-hash.ts';
import { ContentMemory } from '../intake/content-memory.ts';
import { createStrangerLog, type StrangerLog } from '../smtp/server/stranger-log.ts';
import { SessionRoom } from '../smtp/server/session-room.ts';
import { SmtpFigures } from '../smtp/server/smtp-figures.ts';
import {
  openSmtpPorts,
  type InheritedListener,
  type SmtpLimits,
  type SmtpPorts,
} from '../smtp/server/smtp-ports.ts';
import type { TlsMaterial } from '../smtp/server/tls-context.ts';
import { createDsnWriter } from '../dsn/write/write-dsns.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { ContentReader } from '../store/content-reader.ts';
import type { DirectoryReader, DirectoryWriter } from '../store/directory.ts';
import type { ReportReader, ReportWriter } from '../store/reports.ts';
import type { Spool } from '../store/spool.ts';
import type { UnsubscribeWriter } from '../store/unsubscribes.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { ClientRates } from './client-rates.ts';
import { InboundSession, type InboundContext } from './session.ts';
import type { SourceComplaintOptions } from './source-complaints.ts';
import { WaitingOctets } from './waiting-octets.ts';

export interface InboundOptions {
  /** Live, like `files`. */
  readonly config: Config;
  readonly files: RuleFiles;
  /** Where there are some, no configured port is opened beside them. */
  readonly inheritedListeners?: readonly InheritedListener[];
  readonly loadTls: () => TlsMaterial;
  readonly reader: ReportReader &
    ContentReader &
    Pick<DirectoryReader, 'domainHolder' | 'findDomain' | 'accountByName'> &
    Pick<SuppressionReader, 'suppressionFor'>;
  readonly spool: Pick<Spool, 'accept' | 'putChunk' | 'abandonUpload'>;
  /** For the operator's, to which mail to postmaster belongs. */
  readonly accounts: Pick<DirectoryWriter, 'addAccount'>;
  readonly reports: ReportWriter;
  readonly readReport: ReadReport;
  /** Where complaints are counted with the sources that the mail left from; default: nowhere. */
  readonly sources?: SourceComplaintOptions;
  readonly unsubscribes: Pick<UnsubscribeWriter, 'unsubscribe'>;
  /** Opens the tokens of links, and knows people again who were erased. */
  readonly box: Pick<SecretBox, 'openSame' | 'keyIds' | 'hmacs'>;
  /** Keyed as in delivery/return-path.ts. */
  readonly hashes: AcceptedHashes;
  /** For SPF and DKIM of feedback sources. */
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly idleTimeoutMs?: number;
  /** True while this node is to take no new mail; default: never. */
  readonly isDraining?: () => boolean;
  /** Where sessions are counted; default: nowhere. */
  readonly figures?: SmtpFigures;
}

/** A report may include a whole message. */
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;
/** For a /24 or a /48 a tenth of all: providers send from several hosts of a network. */
const LIMITS: SmtpLimits = {
  maxMessageBytes: MAX_MESSAGE_BYTES,
  maxConnections: 500,
  maxConnectionsPerAddress: 20,
  maxConnectionsPerNetwork: 50,
};
const CONTENT_MEMORY_BYTES = 64 * 1024 * 1024;

/** Rejects with BindError or TlsError; then no port stays open. */
export async function startInbound(options: InboundOptions): Promise<SmtpPorts> {
  const { config, inheritedListeners: inherited = [], clock, random, log } = options;
  const strangers = createStrangerLog(log, clock);
  const context = contextOf(options, strangers);
  return await openSmtpPorts({
    config,
    limits: LIMITS,
    offersAuth: false,
    inherited,
    listen: inherited.length === 0 ? config.inbound.listen : [],
    listenTls: [],
    loadTls: options.loadTls,
    idleTimeoutMs: options.idleTimeoutMs,
    keys: 'inbound.listen',
    isDraining: options.isDraining,
    openSession: (peer) => new InboundSession(peer, context),
    clock,
    random,
    log,
    strangers,
  });
}

function contextOf(options: InboundOptions, strangers: StrangerLog): InboundContext {
  const { config, files, reader, clock, random, log } = options;
  return {
    config,
    files,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    directory: reader,
    messages: reader,
    content: reader,
    spool: options.spool,
    accounts: options.accounts,
    reports: options.reports,
    sources: options.sources,
    hashes: options.hashes,
    box: options.box,
    unsubscribes: options.unsubscribes,
    resolver: options.resolver,
    writeDsns: createDsnWriter({ config, directory: reader, clock, random, log }),
    readReport: options.readReport,
    waiting: new WaitingOctets(),
    rates: new ClientRates(),
    strangers,
    figures: options.figures ?? new SmtpFigures(),
    room: new SessionRoom(LIMITS, clock),
    memory: new ContentMemory(CONTENT_MEMORY_BYTES),
    clock,
    random,
    log,
  };
}
