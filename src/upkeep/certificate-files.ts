/**
 * The certificate files as relayd would see them, for relayctl. As root it checks the permissions of the data
 * folder's owner, because root can read files that relayd cannot.
 */
import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { readState } from '../acme/acme-state.ts';
import { issuedFacts } from '../acme/issued.ts';
import type { Config } from '../config/config.ts';
import { describeCertificate, readTls, TlsError } from '../smtp/server/tls-context.ts';
import type { CertificateFacts, CertificateFailure } from '../policy/certificate.ts';
import { mayReach, type Owned } from '../policy/file-rights.ts';
import { currentUser } from './certificate-state.ts';

/** `undefined`: relayd generates one at its first start. */
export function lookAtCertificate(
  { tls, dataDir, hostname, acme }: Pick<Config, 'tls' | 'dataDir' | 'hostname' | 'acme'>,
  nowMs: number,
  uid: number | undefined = process.geteuid?.(),
): CertificateFacts | undefined {
  const relayd = uid === 0 ? ownerOf(dataDir) : undefined;
  const user = relayd === undefined || relayd.uid === uid ? currentUser() : String(relayd.uid);
  const facts = { ...tls, hostname, user };
  const names = acme.enabled ? acme.names : undefined;
  const hidden = relayd && [tls.cert, tls.key].find((file) => file !== undefined && isHidden(file, relayd));
  const forbidden: CertificateFailure | undefined =
    hidden === undefined ? undefined : { kind: 'unreadable', file: hidden, code: 'EACCES' };
  try {
    const { cert, byName = new Map() } = readTls({ ...facts, dataDir, issuedFor: names });
    const issued = names && issuedFacts({ names, byName, states: readState(dataDir) }, nowMs);
    return { ...facts, certificate: describeCertificate(cert, hostname), failure: forbidden, issued };
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    const { failure } = error;
    if (tls.cert === undefined && failure.code === 'ENOENT') return undefined;
    return { ...facts, certificate: undefined, failure: forbidden ?? failure };
  }
}

function ownerOf(file: string): Owned | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

/** Checks the path itself and the target of its links. */
function isHidden(file: string, { uid, gid }: Owned): boolean {
  try {
    return [path.resolve(file), realpathSync(file)].some((at) => {
      const folders: Owned[] = [];
      for (let folder = path.dirname(at); ; folder = path.dirname(folder)) {
        folders.push(statSync(folder));
        if (folder === path.dirname(folder)) break;
      }
      return !mayReach(statSync(at), folders, uid, gid);
    });
  } catch {
    return false;
  }
}
