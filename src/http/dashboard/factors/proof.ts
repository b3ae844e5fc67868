/** What a person shows to prove a second factor: a code, a recovery code, or what a passkey has signed. */
import { z } from 'zod';
import type { FastifyRequest } from 'fastify';
import { hashOfRecoveryCode, totpSealContext } from '../../../admin/people/factor-secrets.ts';
import type { SecretBox } from '../../../platform/secret-box.ts';
import { stepOf } from '../../../platform/totp.ts';
import type { Factor, FactorUse, Passkey, UsedToken } from '../../../store/factor-records.ts';
import { StoreError } from '../../../store/errors.ts';
import type { PeopleReader, PeopleWriter } from '../../../store/people.ts';
import { AssertionBody, checkAssertion, credentialIdOf, needRelyingParty } from './passkeys.ts';
import { MOST_TOKEN_CHARS, openToken, type StepTokenOptions } from './step-tokens.ts';

const PasskeyProof = z.strictObject({ state: z.string().max(MOST_TOKEN_CHARS), response: AssertionBody });
/** One of them. */
export const ProofFields = {
  code: z.string().max(20).optional(),
  recovery_code: z.string().max(60).optional(),
  passkey: PasskeyProof.optional(),
};
export const PasskeyBody = PasskeyProof;

export interface Proof {
  readonly code?: string | undefined;
  readonly recovery_code?: string | undefined;
  readonly passkey?: z.infer<typeof PasskeyProof> | undefined;
}

export interface ProofOptions extends StepTokenOptions {
  readonly reader: Pick<PeopleReader, 'factorsOf' | 'passkeyBy'>;
  readonly people: Pick<PeopleWriter, 'useFactor'>;
  readonly box: SecretBox;
  /** `dashboard.url`, live. */
  readonly url: () => string | undefined;
}

/**
 * Whether it proves a factor of the person. What proved it is used up, durably, when it resolves to true: a second time it is false.
 * `token`: used up with a code. ApiError 409: a passkey, where there are none.
 */
export async function proves(
  personId: string,
  proof: Proof,
  token: UsedToken | undefined,
  request: FastifyRequest,
  options: ProofOptions,
): Promise<boolean> {
  const found = await useOf(personId, proof, request, options);
  if (found === undefined) return false;
  return await usedUp(found.use, found.token ?? token, options);
}

/** False where one of the two was used before. */
export async function usedUp(
  use: FactorUse,
  token: UsedToken | undefined,
  { people, clock }: Pick<ProofOptions, 'people' | 'clock'>,
): Promise<boolean> {
  try {
    return await people.useFactor(use, token, clock.now());
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return false;
    throw error;
  }
}

export function passkeysOf(factors: readonly Factor[]): readonly Passkey[] {
  return factors.filter((factor) => factor.kind === 'passkey');
}

async function useOf(
  personId: string,
  { code, recovery_code: recoveryCode, passkey }: Proof,
  request: FastifyRequest,
  options: ProofOptions,
): Promise<{ readonly use: FactorUse; readonly token?: UsedToken } | undefined> {
  if (recoveryCode !== undefined)
    return { use: { kind: 'recovery-code', personId, codeHash: hashOfRecoveryCode(recoveryCode) } };
  const { reader, box, clock, url } = options;
  const factors = await reader.factorsOf(personId);
  if (code !== undefined) {
    const totp = factors.find((factor) => factor.kind === 'totp');
    if (totp === undefined) return undefined;
    const secret = box.open(totp.sealedSecret, totpSealContext(totp.id));
    const step = stepOf(code, secret, clock.now());
    secret.fill(0);
    return step === undefined ? undefined : { use: { kind: 'totp', factorId: totp.id, step } };
  }
  if (passkey === undefined) return undefined;
  const party = needRelyingParty(request, url());
  const opened = openToken('passkey-proof', passkey.state, options);
  const wanted = Buffer.from(credentialIdOf(passkey.response));
  const own = passkeysOf(factors).find(({ credentialId }) => wanted.equals(credentialId));
  if (opened?.value.personId !== personId || own === undefined) return undefined;
  const facts = { party, challenge: opened.value.challenge, verifiesUser: false };
  const signed = await checkAssertion(passkey.response, own, facts);
  return signed && { use: { kind: 'passkey', ...signed }, token: opened.used };
}
