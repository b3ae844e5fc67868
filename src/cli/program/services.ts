/**
 * What relayctl works with: the store, the secrets, DNS, the configuration. Made by app/relayctl.ts and given in,
 * so that this folder knows no engine, reads no environment, and runs in tests without any of them.
 */
import type { Config, DataFiles } from '../../config/config.ts';
import type { Asked } from '../../control/ask-relayd.ts';
import type { Operation, RequestOf } from '../../control/protocol.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { SurroundingsOptions } from '../../doctor/surroundings.ts';
import type { Authority } from '../../dns/authoritative.ts';
import type { Resolver } from '../../dns/resolver.ts';
import type { ReportReading } from '../../dsn/read/report-reader.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { SecretBox } from '../../platform/secret-box.ts';
import type { CertificateFacts } from '../../policy/certificate.ts';
import type { BounceRules } from '../../policy/bounce-rules.ts';
import type { DiskFacts } from '../../policy/checks/disk.ts';
import type { PortsFacts } from '../../policy/checks/ports.ts';
import type { StoreReader, StoreWriter as OpenedWriter } from '../../store/open-store.ts';
import type { StoreWrites } from '../../store/store.ts';
import type { TemplateEngine } from '../../template/template-engine.ts';
import type { DataKeyFiles } from './data-key-files.ts';
import type { DatabaseFiles } from './database-files.ts';

export type StoreWriter = Pick<OpenedWriter, keyof StoreWrites | 'close'>;

/** A submission listener of the running relayd. */
export interface SubmissionListener {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
  /** Clients are asked for a certificate, and may log in by it. */
  readonly certificates?: true;
}

/** A listener of the HTTP API. */
export interface HttpListener {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** What the relayd that holds the data folder says of itself. */
export interface RunningRelay {
  readonly pid: number;
  readonly version: string;
  readonly startedAtMs: number;
  readonly hostname: string;
  /** The absolute path of the configuration that it read; `null`: none, the defaults hold. */
  readonly configFile?: string | null;
  readonly submission: readonly SubmissionListener[];
  /** Port 25, for reports and postmaster. */
  readonly inbound?: readonly SubmissionListener[];
  readonly http?: readonly HttpListener[];
  /** Links in mail. */
  readonly public?: readonly HttpListener[];
  /** Challenges of certificates, in clear. */
  readonly acme?: readonly Pick<HttpListener, 'host' | 'port'>[];
}

/** The configuration as a file, for who makes one. */
export interface ConfigFile {
  /** The file that is read, or that is to be made: `named` by --config, else where this user would look for it. */
  readonly locate: (named: string | undefined) => {
    /** Absolute. */
    readonly path: string;
    /** `undefined`: it is to be made. */
    readonly text: string | undefined;
    /** Where data is to be kept; `undefined`: the environment says so already. */
    readonly dataDir: string | undefined;
  };
  /** Whole or not at all, with owner and rights as before. `before`: as `locate` gave it; CliFailure `conflict` where that changed. */
  readonly write: (path: string, text: string, before: string | undefined) => void;
}

export interface CliServices {
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Who changes things, for the audit log: `relayctl:alice`. */
  readonly actor: string;
  /** Throws ConfigError. `path`: from `--config`. */
  readonly loadConfig: (path: string | undefined) => LoadedConfig;
  readonly configFile: ConfigFile;
  /** What others may read and should not, each with the command that mends it. Throws StoreError `unsafe`. */
  readonly rightsWarnings: (loaded: LoadedConfig) => readonly string[];
  /** Of the files that relayd serves with; `undefined`: it makes a certificate at its first start. */
  readonly certificate: (config: Config) => CertificateFacts | undefined;
  /**
   * There is a store in the data folder; asked before any of it is used. Throws StoreError `unsafe`. Of a store that a server
   * has, the first question says.
   */
  readonly storeExists: (config: Config) => boolean;
  /** Throws StoreError. */
  readonly openReader: (config: Config) => StoreReader;
  /** Makes the store when there is none. Throws StoreError. */
  readonly openWriter: (config: Config) => Promise<StoreWriter>;
  /** Makes the master key when there is none. Rejects with SecretBoxError. */
  readonly openSecretBox: (config: Config) => Promise<SecretBox>;
  readonly dataKeyFiles: DataKeyFiles;
  readonly createResolver: (config: Config) => Resolver;
  /** Asks the zones' own servers. */
  readonly openAuthority: (config: Config) => Authority;
  /** Checks and fills templates, within limits of time and memory. Whoever opens it stops it. */
  readonly openTemplateEngine: () => Promise<TemplateEngine>;
  /** `undefined` when none runs on this data folder. */
  readonly runningRelay: (config: Config) => RunningRelay | undefined;
  /** Asks the relayd that runs on the data folder, over its control socket. Rejects with StoreError `unsafe`, and nothing else. */
  readonly ask: <Name extends Operation>(config: Config, request: RequestOf<Name>) => Promise<Asked<Name>>;
  /** `undefined`: a server has the store. */
  readonly databaseFile: (config: Config) => string | undefined;
  readonly database: DatabaseFiles;
  readonly lookAtDisk: (config: Config) => Promise<DiskFacts>;
  /** `ours`: the ports of the relayd that runs. */
  readonly lookAtPorts: (config: Config, ours: readonly number[]) => Promise<PortsFacts>;
  /** For the looks at the surroundings (doctor/surroundings.ts). Their blocklists throw ConfigError. */
  readonly surroundings: (loaded: LoadedConfig) => SurroundingsOptions;
  /** Throws ConfigError for a file of rules that relayd would refuse at its start. */
  readonly readRuleFiles: (config: Config) => DataFiles;
  /** `config`: with the operator's own rules, when it names a file of them. Throws ConfigError. */
  readonly loadBounceRules: (config?: Config) => BounceRules;
  /** Reads what may be a report, within limits of time and memory. */
  readonly readReport: (bytes: Uint8Array) => Promise<ReportReading>;
  /** The octets of a file, or of standard input for `-`, as they come; reading rejects with the code of the system. */
  readonly readInput: (file: string) => AsyncIterable<Uint8Array>;
  /** Addresses of the gateways in this machine's routing table; empty where it cannot be read. */
  readonly gatewayAddresses: () => readonly string[];
  /** Hands a message to a submission server. Rejects with SubmitFailure. */
  readonly submit: (submission: TestSubmission) => Promise<SubmitReply>;
}

/** A test message and how to hand it in. */
export interface TestSubmission {
  readonly listener: SubmissionListener;
  /** The name that the certificate has to carry, unless the listener is on this machine. */
  readonly serverName: string;
  readonly username: string;
  readonly password: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export interface SubmitReply {
  /** The final reply, such as `250 2.0.0 OK msg_...`. */
  readonly reply: string;
  /** Recipients that were refused, with the reply to each. */
  readonly refused: readonly { readonly recipient: string; readonly reply: string }[];
}
