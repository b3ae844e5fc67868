/**
 * Passkeys (W3C Web Authentication), by @simplewebauthn/server, which is loaded when somebody uses one. What the browser answers is
 * bound to the origin and the host of the dashboard; a browser takes no bare IP address for that host.
 */
import { isIP } from 'node:net';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Passkey } from '../../../store/factor-records.ts';
import type { Person } from '../../../store/people-records.ts';
import { ApiError } from '../../api-error.ts';
import { originOf } from '../dashboard-place.ts';

const RELYING_PARTY = 'Postern';

export interface RelyingParty {
  /** The host alone. */
  readonly id: string;
  readonly origin: string;
}

const Text = z.string().max(4_000);
/** The fields that are looked at; extensions are not. */
const Credential = { id: z.string().max(1_400), rawId: z.string().max(1_400), type: z.literal('public-key') };
export const AssertionBody = z.object({
  ...Credential,
  response: z.object({
    ...{ clientDataJSON: Text, authenticatorData: Text, signature: Text },
    userHandle: z.string().max(100).nullish(),
  }),
});
export const AttestationBody = z.object({
  ...Credential,
  response: z.object({ clientDataJSON: Text, attestationObject: z.string().max(12_000) }),
});
export type Assertion = z.infer<typeof AssertionBody>;
export type Attestation = z.infer<typeof AttestationBody>;

/** `undefined`: passkeys are not possible at this address. */
export function relyingPartyAt(
  { headers }: Pick<FastifyRequest, 'headers'>,
  url: string | undefined,
): RelyingParty | undefined {
  const origin = originOf(headers.host, url);
  const { hostname } = new URL(origin);
  return isIP(hostname.replaceAll(/[[\]]/g, '')) === 0 ? { id: hostname, origin } : undefined;
}

/** ApiError 409 where there is none. */
export function needRelyingParty(
  request: Pick<FastifyRequest, 'headers'>,
  url: string | undefined,
): RelyingParty {
  const party = relyingPartyAt(request, url);
  if (party !== undefined) return party;
  throw new ApiError(
    409,
    'no-passkeys-here',
    'passkeys need a host name: browsers do not take them at a bare IP address; open the dashboard by its name, such as localhost',
  );
}

/** `allowed`: `undefined` for whatever passkey the browser has for this host, which then has to ask who is there. */
export async function assertionOptions(
  { id: rpID }: RelyingParty,
  allowed: readonly Passkey[] | undefined,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server');
  return await generateAuthenticationOptions({
    rpID,
    userVerification: allowed === undefined ? 'required' : 'preferred',
    allowCredentials: (allowed ?? []).map(({ credentialId }) => ({ id: base64(credentialId) })),
  });
}

export interface AssertionFacts {
  readonly party: RelyingParty;
  readonly challenge: string;
  /** The authenticator has to have asked who is there, and not only whether somebody is. */
  readonly verifiesUser: boolean;
}

/** The new counter; `undefined`: not signed by this passkey, for another challenge, origin or host, or its counter went back. */
export async function checkAssertion(
  assertion: Assertion,
  { id, credentialId, publicKey, counter, personId }: Passkey,
  { party, challenge, verifiesUser }: AssertionFacts,
): Promise<{ readonly factorId: string; readonly counter: number } | undefined> {
  const { userHandle } = assertion.response;
  if (typeof userHandle === 'string' && userHandle !== base64(userIdOf(personId))) return undefined;
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...assertion, clientExtensionResults: {} } as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      credential: { id: base64(credentialId), publicKey: new Uint8Array(publicKey), counter },
      requireUserVerification: verifiesUser,
    });
    return verified ? { factorId: id, counter: authenticationInfo.newCounter } : undefined;
  } catch {
    // It throws for whatever is wrong with what the browser sent.
    return undefined;
  }
}

export async function enrolmentOptions(
  { id: rpID }: RelyingParty,
  { id, email, name }: Person,
  there: readonly Passkey[],
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server');
  return await generateRegistrationOptions({
    ...{ rpName: RELYING_PARTY, rpID, userName: email, userDisplayName: name, attestationType: 'none' },
    userID: new Uint8Array(userIdOf(id)),
    excludeCredentials: there.map(({ credentialId }) => ({ id: base64(credentialId) })),
    // A security key without either still serves as a second factor.
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  });
}

/** `undefined`: not made for this challenge, origin and host. */
export async function checkAttestation(
  attestation: Attestation,
  { party, challenge }: Omit<AssertionFacts, 'verifiesUser'>,
): Promise<Pick<Passkey, 'credentialId' | 'publicKey' | 'counter'> | undefined> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...attestation, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: false,
    });
    if (!verified) return undefined;
    const { id, publicKey, counter } = registrationInfo.credential;
    return { credentialId: Buffer.from(id, 'base64url'), publicKey, counter };
  } catch {
    return undefined;
  }
}

export function credentialIdOf({ id }: Pick<Assertion, 'id'>): Uint8Array {
  return Buffer.from(id, 'base64url');
}

/** What an authenticator keeps of the person: the id, which says nothing of who it is. */
function userIdOf(personId: string): Uint8Array {
  return Buffer.from(personId);
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64url');
}
