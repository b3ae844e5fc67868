/** A submission service on port 0 with a store in memory, one verified domain and one credential. */
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import type { SubmissionConfig } from '../../../src/config/config.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { Log, LogFields } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import type { Credential, Domain } from '../../../src/store/directory-records.ts';
import { makeSelfSignedCertificate } from '../../../src/smtp/server/self-signed-certificate.ts';
import type { Mailbox } from '../../../src/smtp/address.ts';
import { testConfig } from '../../support/test-config.ts';
import { engineInProcess } from '../../support/template-engine.ts';
import { createAcceptance, type AcceptanceOptions } from '../../../src/intake/acceptance.ts';
import {
  startSubmission,
  type SubmissionOptions,
  type SubmissionService,
} from '../../../src/submission/submission-service.ts';
import { TEST_LOGIN } from './dialogue.ts';
import { ACCOUNT, FakeDirectory, FakeSpool } from './fake-store.ts';
import { SMTP_CREDENTIAL } from '../../support/credential.ts';

export const HOSTNAME = 'relay.test';
export const MESSAGE = 'From: a@example.org\r\nTo: b@example.net\r\nSubject: hello\r\n\r\nBody\r\n';

const box = createSecretBox(new Uint8Array(32).fill(7), systemRandom);
const certificate = await makeSelfSignedCertificate(HOSTNAME);

/** What is kept of a secret. */
export function secretHashOf(secret: string): Uint8Array {
  return box.hmac(secret);
}

export interface LogLine extends LogFields {
  readonly event: string;
}

export interface Fixture {
  readonly service: SubmissionService;
  readonly directory: FakeDirectory;
  readonly spool: FakeSpool;
  readonly log: LogLine[];
  /** STARTTLS. */
  readonly port: number;
  /** Implicit TLS. */
  readonly tlsPort: number;
  /** Implicit TLS that asks for a certificate. */
  readonly certificatesPort: number;
  stop(): Promise<void>;
}

export interface FixtureOptions
  extends
    Partial<Omit<AcceptanceOptions, 'config'>>,
    Partial<Omit<SubmissionOptions, 'config' | 'acceptance'>> {
  readonly config?: Partial<SubmissionConfig>;
  readonly postmaster?: Mailbox;
}

export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const directory = new FakeDirectory();
  const spool = new FakeSpool();
  const log: LogLine[] = [];
  directory.domains.push(domain('example.org'));
  directory.credentials.push(credential({}));
  const submission: SubmissionConfig = {
    listen: [{ host: '127.0.0.1', port: 0 }],
    listenTls: [{ host: '127.0.0.1', port: 0 }],
    listenCertificates: [{ host: '127.0.0.1', port: 0 }],
    maxMessageBytes: 1_000_000,
    maxRecipients: 5,
    requireVerifiedDomain: true,
    subdomains: false,
    suppressedRecipients: 'accept',
    hideClientAddress: true,
    rewriteNoticeFrom: true,
    maxConnections: 1000,
    maxConnectionsPerAddress: 1000,
    trustedProxies: [],
    ...options.config,
  };
  const { inheritedListeners, loadTls, idleTimeoutMs, loop, figures, isDraining, postmaster, ...rest } =
    options;
  const config = testConfig({ hostname: HOSTNAME, submission, inbound: { postmaster } });
  const acceptance = createAcceptance({
    directory,
    spool,
    templateEngine: engineInProcess(),
    box,
    clock: systemClock,
    random: systemRandom,
    log: recorder(log),
    ...rest,
    config,
  });
  const service = await startSubmission({
    config,
    acceptance,
    loadTls: loadTls ?? (() => ({ ...certificate, selfSigned: true })),
    ...(inheritedListeners && { inheritedListeners }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    ...(loop && { loop }),
    ...(figures && { figures }),
    ...(isDraining && { isDraining }),
  });
  const portOf = (implicitTls: boolean, asksCertificate = false) =>
    service.addresses.find(
      (address) => address.implicitTls === implicitTls && address.asksCertificate === asksCertificate,
    )?.port ?? 0;
  return {
    service,
    directory,
    spool,
    log,
    port: portOf(false),
    tlsPort: portOf(true),
    certificatesPort: portOf(true, true),
    stop: () => service.stop(0),
  };
}

export function credential(change: Partial<Credential>): Credential {
  return {
    ...SMTP_CREDENTIAL,
    accountId: ACCOUNT.id,
    accountName: ACCOUNT.name,
    username: TEST_LOGIN.username,
    secretHash: box.hmac(TEST_LOGIN.password),
    ...change,
  };
}

/** Lets 127.0.0.1 send without AUTH. */
export function networkCredential(change: Partial<Credential> = {}): Credential {
  return credential({
    id: 'crd_net',
    kind: 'network',
    name: 'printers',
    username: undefined,
    secretHash: undefined,
    networks: ['127.0.0.0/8'],
    ...change,
  });
}

export function domain(name: string, change: Partial<Domain> = {}): Domain {
  return {
    id: `dom_${name}`,
    accountId: ACCOUNT.id,
    name,
    verifiedAtMs: 1,
    recordStatus: {},
    createdAtMs: 0,
    ...change,
  };
}

function recorder(lines: LogLine[]): Log {
  const add = (event: string, fields?: LogFields) => {
    lines.push({ event, ...fields });
  };
  return { debug: add, info: add, warn: add, error: add, enabled: () => true };
}
