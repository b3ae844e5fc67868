/** A new credential: a login for an application, an API key, or a network that may send without a login. */
import { base32, makeId } from '../../platform/ids.ts';
import { withBoundsOf } from '../../policy/credential-bounds.ts';
import type { Credential } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';
import { pastExpiry } from '../expiry.ts';
import { conflict, invalid, type AdminRefusal } from '../refusal.ts';
import { unknownStream } from '../streams.ts';
import { refuseOperatorAccount } from '../tenant.ts';
import { certificateProblem, factsOf, type GivenCertificate } from './certificate.ts';
import { contradiction } from './contradiction.ts';
import { hashedUnder, secretOf, userNameStem, type IssuedCredential } from './credential-secret.ts';
import { beyondHolder } from './holder-bounds.ts';
import { nameProblem, nameTaken } from './name.ts';
import { unknownScope } from './scopes.ts';

/** A credential before it has an id and a secret. Addresses, domains and networks are in the form in which they are kept. */
export interface NewCredentialInput extends Omit<
  Credential,
  | 'id'
  | 'name'
  | 'username'
  | 'secretHash'
  | 'secretKey'
  | 'presentedHashes'
  | 'oldSecretHash'
  | 'oldSecretUntilMs'
  | 'certificate'
  | 'accountLimits'
  | 'revokedAtMs'
  | 'createdAtMs'
  | 'version'
> {
  /** `undefined`: one is made up. */
  readonly name: string | undefined;
  /** `smtp` only: it logs in by this one, and gets no password. */
  readonly certificate?: GivenCertificate | undefined;
}

/** Of an account: every connection without a login is compared with the networks of all accounts. */
export const MOST_NETWORK_CREDENTIALS = 100;
const NAME_SUFFIX_CHARS = 6;

/** Durable when it resolves to the credential. */
export async function addCredential(
  input: NewCredentialInput,
  context: With<'reader' | 'directory' | 'box' | 'clock' | 'random' | 'holder'>,
): Promise<IssuedCredential | AdminRefusal> {
  const { directory, box, clock, random, holder, actor } = context;
  const nowMs = clock.now();
  const refusal =
    refuseOperatorAccount(input.accountId, 'credentials') ??
    nameProblem(input.name) ??
    contradiction(input) ??
    certificateOnly(input) ??
    unknownScope(input.scopes) ??
    pastExpiry(input.expiresAtMs, nowMs) ??
    (await contradictionInStore(input, context)) ??
    (await tooManyNetworks(input, context)) ??
    (input.certificate && (await certificateProblem(input.certificate, undefined, context)));
  if (refusal !== undefined) return refusal;
  const bound = holder === undefined ? input : withBoundsOf(input, holder);
  const beyond = beyondHolder(bound, holder);
  if (beyond !== undefined) return beyond;
  const { kind, name, certificate } = input;
  const suffix = base32(random.bytes(8)).slice(0, NAME_SUFFIX_CHARS);
  const username = kind === 'smtp' ? `${userNameStem(name)}-${suffix}` : undefined;
  const secret = certificate === undefined ? secretOf(kind, random) : undefined;
  const credential: Credential = {
    ...bound,
    id: makeId('crd_', nowMs, random),
    name: name ?? username ?? `${kind}-${suffix}`,
    username,
    ...(certificate !== undefined
      ? { secretHash: certificate.fingerprint }
      : secret === undefined
        ? { secretHash: undefined }
        : hashedUnder(box, secret)),
    certificate: certificate && factsOf(certificate),
    revokedAtMs: undefined,
    createdAtMs: nowMs,
    version: 0,
  };
  await directory.addCredential(credential, actor);
  return { credential, secret };
}

function certificateOnly({ kind, certificate }: NewCredentialInput): AdminRefusal | undefined {
  if (certificate === undefined || kind === 'smtp') return undefined;
  return invalid(
    'certificate',
    (nameOf) => `${nameOf('certificate')} is for logins by SMTP, not for a credential of kind ${kind}`,
  );
}

async function tooManyNetworks(
  { accountId, kind }: NewCredentialInput,
  { reader }: With<'reader'>,
): Promise<AdminRefusal | undefined> {
  if (kind !== 'network') return undefined;
  const ofAccount = (await reader.networkCredentials()).filter((one) => one.accountId === accountId);
  if (ofAccount.length < MOST_NETWORK_CREDENTIALS) return undefined;
  return conflict(
    `the account has ${MOST_NETWORK_CREDENTIALS} network credentials, which is the most: add networks to one of them, or revoke one`,
  );
}

async function contradictionInStore(
  { accountId, name, stream }: NewCredentialInput,
  { reader }: With<'reader'>,
): Promise<AdminRefusal | undefined> {
  const unknown = await unknownStream(accountId, stream, reader);
  if (unknown !== undefined || name === undefined) return unknown;
  return await nameTaken(accountId, name, { reader });
}
