/**
 * The certificate in use, and what is wrong with it: said in the log once when it begins (at the start, at a renewal, when it
 * expires), and for the metrics and checks whenever they ask. A renewal that is no good leaves the old one in use.
 */
import { userInfo } from 'node:os';
import type { Config } from '../config/config.ts';
import { describeCertificate, openTls, TlsError, type TlsMaterial } from '../smtp/server/tls-context.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import { certificateProblems, type CertificateFacts } from '../policy/certificate.ts';

const LOOK_EVERY_MS = 3_600_000;

export interface CertificateState {
  /** Reads the files as they are now. TlsError, and what is in use stays so. */
  readonly load: () => TlsMaterial;
  /** As of the last {@link load}. */
  readonly facts: () => CertificateFacts;
  /**
   * Opens the certificate that another configuration names. Resolves to what takes it over, for the next {@link load} on;
   * rejects with TlsError, and nothing has changed.
   */
  prepare(config: CertificateConfig): Promise<() => void>;
  stop(): void;
}

type CertificateConfig = Pick<Config, 'tls' | 'dataDir' | 'hostname'>;

/** Rejects with TlsError when there is none to begin with. */
export async function openCertificate(
  config: CertificateConfig,
  { clock, random, log }: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): Promise<CertificateState> {
  const user = currentUser();
  const open = ({ tls, dataDir, hostname }: CertificateConfig) =>
    openTls({ ...tls, dataDir, hostname, user }, clock, random);
  let read = await open(config);
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
    const problems = certificateProblems(facts, clock.now()).filter(({ refusesStart }) => !refusesStart);
    for (const { problem, detail, remedy } of problems)
      if (!said.has(problem)) log.warn('certificate', { problem, detail, remedy });
    said = new Set(problems.map(({ problem }) => problem));
  };
  const load = () => {
    try {
      const material = read();
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
      // The files in use, and they would not be taken again: that is known as after a renewal.
      const same = wanted.tls.cert === facts.cert && wanted.tls.key === facts.key;
      if (same && error instanceof TlsError) facts = { ...facts, failure: error.failure };
      throw error;
    }
    return () => {
      read = renewed;
      facts = { ...facts, ...wanted.tls, hostname: wanted.hostname };
    };
  };
  load();
  const look = () => {
    say();
    timer = clock.after(LOOK_EVERY_MS, look);
  };
  timer = clock.after(LOOK_EVERY_MS, look);
  return { load, facts: () => facts, prepare, stop: () => timer?.cancel() };
}

/** The name of whoever runs this process; its number where the system knows no name. */
export function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.() ?? 'that runs relayd');
  }
}
