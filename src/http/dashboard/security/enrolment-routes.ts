/**
 * `/ui/api/security/…`: second factors are enrolled and named, recovery codes made anew. A factor is stored when it has proved itself: a
 * TOTP by its first code, a passkey by what it signs. Until then the browser has it, sealed.
 */
import { z } from 'zod';
import type { FastifyRequest } from 'fastify';
import { newRecoveryCodes, totpSealContext } from '../../../admin/people/factor-secrets.ts';
import { makeId } from '../../../platform/ids.ts';
import { makeTotpSecret, otpauthUri, stepOf, totpSecretText } from '../../../platform/totp.ts';
import { StoreError } from '../../../store/errors.ts';
import { MOST_FACTORS, type Factor, type UsedToken } from '../../../store/factor-records.ts';
import { ApiError, conflict, invalidField } from '../../api-error.ts';
import type { HttpApp } from '../../route-context.ts';
import {
  AttestationBody,
  checkAttestation,
  enrolmentOptions,
  needRelyingParty,
} from '../factors/passkeys.ts';
import { passkeysOf } from '../factors/proof.ts';
import { issueToken, MOST_TOKEN_CHARS, openToken } from '../factors/step-tokens.ts';
import { FactorName, own, ownRecent, type Own, type SecurityOptions } from './own-security.ts';

const OPEN = { open: true } as const;
const State = z.string().max(MOST_TOKEN_CHARS);
const ISSUER = 'Postern';

export function registerEnrolmentRoutes(app: HttpApp, options: SecurityOptions): void {
  for (const register of [enrolsTotp, enrolsPasskey, renames, makesCodes]) register(app, options);
}

function enrolsTotp(app: HttpApp, options: SecurityOptions): void {
  const { box, clock, random } = options;
  app.route({
    method: 'POST',
    url: '/security/totp-options',
    config: OPEN,
    async handler(request) {
      const { person } = await ownRecent(request, options);
      if (person.factors.totp) throw oneTotp();
      const secret = makeTotpSecret(random);
      const value = { personId: person.id, secret: Buffer.from(secret).toString('base64url') };
      return {
        secret: totpSecretText(secret),
        uri: otpauthUri(secret, ISSUER, person.email),
        state: issueToken('totp-enrolment', value, options),
      };
    },
  });
  app.route({
    method: 'POST',
    url: '/security/totp',
    config: OPEN,
    schema: { body: z.strictObject({ state: State, code: z.string().max(20), name: FactorName }) },
    async handler(request) {
      const found = await ownRecent(request, options);
      const { state, code, name } = request.body;
      const opened = openToken('totp-enrolment', state, options);
      if (opened?.value.personId !== found.person.id) throw enrolmentOver();
      const secret = Buffer.from(opened.value.secret, 'base64url');
      const lastStep = stepOf(code, secret, clock.now());
      if (lastStep === undefined)
        throw invalidField('code', 'this is not the code of the moment: check the clock of the device');
      const id = makeId('fac_', clock.now(), random);
      const sealedSecret = box.seal(secret, totpSealContext(id));
      const of = { id, personId: found.person.id, name, createdAtMs: clock.now(), usedAtMs: undefined };
      return await added({ ...of, kind: 'totp', sealedSecret, lastStep }, opened.used, found, options);
    },
  });
}

function enrolsPasskey(app: HttpApp, options: SecurityOptions): void {
  const { reader, clock, random, url } = options;
  const asked = async (request: FastifyRequest) => {
    const party = needRelyingParty(request, url());
    return { party, found: await ownRecent(request, options) };
  };
  app.route({
    method: 'POST',
    url: '/security/passkeys-options',
    config: OPEN,
    async handler(request) {
      const { party, found } = await asked(request);
      const { person } = found;
      const made = await enrolmentOptions(party, person, passkeysOf(await reader.factorsOf(person.id)));
      const value = { personId: person.id, challenge: made.challenge };
      return { options: made, state: issueToken('passkey-enrolment', value, options) };
    },
  });
  app.route({
    method: 'POST',
    url: '/security/passkeys',
    config: OPEN,
    schema: { body: z.strictObject({ state: State, response: AttestationBody, name: FactorName }) },
    async handler(request) {
      const { party, found } = await asked(request);
      const { state, response, name } = request.body;
      const opened = openToken('passkey-enrolment', state, options);
      if (opened?.value.personId !== found.person.id) throw enrolmentOver();
      const made = await checkAttestation(response, { party, challenge: opened.value.challenge });
      if (made === undefined)
        throw invalidField('response', 'this passkey was not made for this dashboard: begin again');
      const id = makeId('fac_', clock.now(), random);
      const of = { id, personId: found.person.id, name, createdAtMs: clock.now(), usedAtMs: undefined };
      return await added({ ...of, kind: 'passkey', ...made }, opened.used, found, options);
    },
  });
}

function renames(app: HttpApp, options: SecurityOptions): void {
  app.route({
    method: 'PATCH',
    url: '/security/factors/:id',
    config: OPEN,
    schema: {
      params: z.strictObject({ id: z.string().max(100) }),
      body: z.strictObject({ name: FactorName }),
    },
    async handler(request, reply) {
      const { person, actor } = await own(request, options);
      const { people, clock } = options;
      await people.renameFactor(person.id, request.params.id, request.body.name, clock.now(), actor);
      return await reply.code(204).send();
    },
  });
}

function makesCodes(app: HttpApp, options: SecurityOptions): void {
  const { people, clock, random } = options;
  app.route({
    method: 'POST',
    url: '/security/recovery-codes',
    config: OPEN,
    async handler(request) {
      const { person, actor } = await ownRecent(request, options);
      if (!person.factors.totp && person.factors.passkeys === 0)
        throw conflict('recovery codes are for those who have a second factor');
      const { codes, hashes } = newRecoveryCodes(random);
      await people.replaceRecoveryCodes(person.id, hashes, clock.now(), actor);
      return { recovery_codes: codes };
    },
  });
}

/** With recovery codes where there are none. */
async function added(
  factor: Factor,
  used: UsedToken,
  { person, actor }: Own,
  { people, random }: SecurityOptions,
) {
  const made = person.factors.recoveryCodes > 0 ? undefined : newRecoveryCodes(random);
  try {
    await people.addFactor(factor, made?.hashes ?? [], used, actor);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'not-found') throw enrolmentOver();
    if (error.code === 'conflict')
      throw factor.kind === 'totp'
        ? oneTotp()
        : conflict(`this passkey is enrolled already, or there are ${MOST_FACTORS} second factors`);
    throw error;
  }
  return { id: factor.id, recovery_codes: made?.codes ?? null };
}

function oneTotp(): ApiError {
  return conflict('there is an authenticator app already, or too many second factors: remove one first');
}

function enrolmentOver(): ApiError {
  return new ApiError(410, 'enrolment-over', 'this took too long, or was done already; begin again');
}
