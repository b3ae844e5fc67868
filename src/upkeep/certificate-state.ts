/**
 * The certificate in use and its problems: logged once when a problem begins (at the start, at a renewal, at expiry),
 * and available to metrics and checks at any time. A failed renewal keeps the old certificate.
 */
import { userInfo } from 'node:os';
import { readState } from '../acme/acme-state.ts';
import { issuedFacts } from '../acme/issued.ts';
import type { Config } from '../config/config.ts';
import { describeCertificate, openTls, TlsError, type TlsMaterial } from '../smtp/server/tls-context.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import { certificateProblems, type CertificateFacts } from '../policy/certificate.ts';

const LOOK_EVERY_MS = 3_600_000;

export interface CertificateState {
  /** Reads the files now. TlsError; the certificate in use stays. */
  readonly load: () => TlsMaterial;
  /** As of the last {@link load}. */
  readonly facts: () => CertificateFacts;
  /**
   * Opens the certificate of another configuration. Resolves to a function that adopts it for the next {@link load};
   * rejects with TlsError without any change.
   */
  prepare(config: CertificateConfig): Promise<() => void>;
  stop(): void;
}

type CertificateConfig = Pick<Config, 'tls' | 'dataDir' | 'hostname' | 'acme'>;

/** Rejects with TlsError when no certificate can be opened. */
export async function openCertificate(
  config: CertificateConfig,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): Promise<CertificateState> {
  const user = currentUser();
  const open = (wanted: CertificateConfig) =>
    openTls({ ...filesOf(wanted), user, issuedFor: namesOf(wanted) }, clock, random);
  let read = await open(config);
  let names = namesOf(config);
  let byName: TlsMaterial['byName'];
  const withIssued = (): CertificateFacts => ({
    ...facts,
    issued: names && issuedNow({ names, byName, dataDir: config.dataDir }, clock.now()),
  });
  let facts: CertificateFacts = {
    ...config.tls,
    hostname: config.hostname,
    user,
    certificate: undefined,
    failure: undefined,
  };
  let said = new Set<string>();
  let timer: Timer | undefined;
  const say = () => {
    const problems = certificateProblems(withIssued(), clock.now()).filter(
      ({ refusesStart }) => !refusesStart,
    );
    for (const { problem, detail, remedy } of problems)
      if (!said.has(problem)) log.warn('certificate', { problem, detail, remedy });
    said = new Set(problems.map(({ problem }) => problem));
  };
  const load = () => {
    try {
      const material = read();
      byName = material.byName;
      facts = {
        ...facts,
        certificate: describeCertificate(material.cert, facts.hostname),
        failure: undefined,
      };
      say();
      return material;
    } catch (error) {
      if (error instanceof TlsError) facts = { ...facts, failure: error.failure };
      throw error;
    }
  };
  const prepare = async (wanted: CertificateConfig) => {
    const renewed = await open(wanted);
    try {
      renewed();
    } catch (error) {
      // The files in use have become unusable: treated like a failed renewal.
      const same = wanted.tls.cert === facts.cert && wanted.tls.key === facts.key;
      if (same && error instanceof TlsError) facts = { ...facts, failure: error.failure };
      throw error;
    }
    return () => {
      read = renewed;
      names = namesOf(wanted);
      facts = { ...facts, ...wanted.tls, hostname: wanted.hostname };
    };
  };
  load();
  const look = () => {
    say();
    timer = clock.after(LOOK_EVERY_MS, look);
  };
  timer = clock.after(LOOK_EVERY_MS, look);
  return { load, facts: withIssued, prepare, stop: () => timer?.cancel() };
}

function filesOf({ tls, dataDir, hostname }: CertificateConfig) {
  return { ...tls, dataDir, hostname };
}

interface IssuedNow {
  readonly names: readonly string[];
  readonly byName: TlsMaterial['byName'];
  readonly dataDir: string;
}

/** Results of orders are written by acme/. */
function issuedNow(
  { names, byName = new Map(), dataDir }: IssuedNow,
  nowMs: number,
): CertificateFacts['issued'] {
  return issuedFacts({ names, byName, states: readState(dataDir) }, nowMs);
}

/** `undefined`: none come by ACME. */
function namesOf({ acme }: Pick<Config, 'acme'>): readonly string[] | undefined {
  return acme.enabled ? acme.names : undefined;
}

/** The user of this process; a number when the system has no name. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.() ?? 'that runs relayd');
  }
}
