/** `/ui/api/session/…`: the second step of a sign-in, and signing in by a passkey alone. Throttled as passwords are. */
import { z } from 'zod';
import type { FastifyRequest } from 'fastify';
import type { Person } from '../../../store/people-records.ts';
import { ApiError } from '../../api-error.ts';
import { clientAddress } from '../../authenticate.ts';
import type { HttpApp } from '../../route-context.ts';
import { refusePassword } from '../oidc/refuse-password.ts';
import { SessionRoutes, type SessionRouteOptions } from '../session-routes.ts';
import { countFailure, enter, refuseBlocked, throttledUser, type SignInOptions } from '../sign-in.ts';
import { assertionOptions, checkAssertion, credentialIdOf, needRelyingParty } from './passkeys.ts';
import { PasskeyBody, passkeysOf, ProofFields, proves, usedUp, type Proof } from './proof.ts';
import { isOfPassword, openSecondStep } from './second-step.ts';
import { issueToken, MOST_TOKEN_CHARS, openToken, type OpenedToken } from './step-tokens.ts';

const OPEN = { open: true } as const;
const StepToken = z.string().max(MOST_TOKEN_CHARS);

export function registerFactorRoutes(app: HttpApp, options: SessionRouteOptions): void {
  const routes = new SessionRoutes(options);
  for (const register of [takesSecondStep, asksForPasskey, signsInByPasskey]) register(app, routes);
}

function takesSecondStep(app: HttpApp, routes: SessionRoutes): void {
  app.route({
    method: 'POST',
    url: '/session/factor',
    config: OPEN,
    schema: { body: z.strictObject({ token: StepToken, ...ProofFields }) },
    async handler(request, reply) {
      routes.refuseOthers(request);
      const { token, ...proof } = request.body;
      return await routes.enter(reply, await secondStep(token, proof, request, routes.options));
    },
  });
}

/** What the browser asks a passkey for: with `token` one of that person's, without any that it has. */
function asksForPasskey(app: HttpApp, routes: SessionRoutes): void {
  const { options } = routes;
  app.route({
    method: 'POST',
    url: '/session/passkey-options',
    config: OPEN,
    schema: { body: z.strictObject({ token: StepToken.optional() }) },
    async handler(request) {
      routes.refuseOthers(request);
      const { token } = request.body;
      if (token === undefined) refusePassword(options.oidc());
      const party = needRelyingParty(request, options.url());
      if (token === undefined) {
        const asked = await assertionOptions(party, undefined);
        const { challenge } = asked;
        return { options: asked, state: issueToken('passkey-sign-in', { challenge }, options) };
      }
      const { person } = await personOf(token, options);
      const own = passkeysOf(await options.reader.factorsOf(person.id));
      const asked = await assertionOptions(party, own);
      const value = { personId: person.id, challenge: asked.challenge };
      return { options: asked, state: issueToken('passkey-proof', value, options) };
    },
  });
}

function signsInByPasskey(app: HttpApp, routes: SessionRoutes): void {
  app.route({
    method: 'POST',
    url: '/session/passkey',
    config: OPEN,
    schema: { body: PasskeyBody },
    async handler(request, reply) {
      routes.refuseOthers(request);
      refusePassword(routes.options.oidc());
      return await routes.enter(reply, await passkeyAlone(request.body, request, routes.options));
    },
  });
}

/** Rejects with ApiError 401, 410, 429. */
async function secondStep(
  token: string,
  proof: Proof,
  request: FastifyRequest,
  options: SignInOptions,
): Promise<{ readonly token: string }> {
  const { person, opened, password } = await personOf(token, options);
  const user = throttledUser(person.email);
  const client = clientAddress(request);
  refuseBlocked(client, user, options);
  const isRight = await proves(person.id, proof, opened.used, request, options);
  // Of many at once, those that waited while others failed.
  refuseBlocked(client, user, options);
  if (!isRight) {
    countFailure(request, user, options);
    throw new ApiError(401, 'unauthorized', 'this is not right, or was used already');
  }
  return await enter(person, request, options, password);
}

/** Rejects with ApiError 401, 409, 429. */
async function passkeyAlone(
  { state, response }: z.infer<typeof PasskeyBody>,
  request: FastifyRequest,
  options: SignInOptions,
): Promise<{ readonly token: string }> {
  const client = clientAddress(request);
  // Nobody guesses a signature, so failures count for the address alone.
  const user = `passkey:${client}`;
  refuseBlocked(client, user, options);
  const party = needRelyingParty(request, options.url());
  const person = await signerOf({ state, response }, party, options);
  if (person === undefined) {
    countFailure(request, user, options);
    throw new ApiError(
      401,
      'unauthorized',
      'no user of this dashboard has this passkey, or it took too long',
    );
  }
  return await enter(person, request, options);
}

/** Who has signed the challenge; `undefined`: nobody who may sign in. */
async function signerOf(
  { state, response }: z.infer<typeof PasskeyBody>,
  party: Parameters<typeof checkAssertion>[2]['party'],
  options: SignInOptions,
): Promise<Person | undefined> {
  const { reader } = options;
  const opened = openToken('passkey-sign-in', state, options);
  const passkey = await reader.passkeyBy(credentialIdOf(response));
  if (opened === undefined || passkey === undefined) return undefined;
  const facts = { party, challenge: opened.value.challenge, verifiesUser: true };
  const signed = await checkAssertion(response, passkey, facts);
  if (signed === undefined) return undefined;
  const person = await reader.findPerson(passkey.personId);
  if (person === undefined || person.suspendedAtMs !== undefined) return undefined;
  return (await usedUp({ kind: 'passkey', ...signed }, opened.used, options)) ? person : undefined;
}

/** Whose password was given. ApiError 410: too long ago, or the password is another one by now. */
async function personOf(
  token: string,
  options: SignInOptions,
): Promise<{
  readonly person: Person;
  readonly opened: OpenedToken<'second-step'>;
  /** As the store has it. */
  readonly password: string;
}> {
  const opened = openSecondStep(token, options);
  const person = opened && (await options.reader.findPerson(opened.value.personId));
  if (opened !== undefined && person !== undefined && person.suspendedAtMs === undefined) {
    const stored = await options.reader.passwordOf(person.email);
    if (stored !== undefined && isOfPassword(opened, stored))
      return { person, opened, password: stored.password };
  }
  throw new ApiError(410, 'sign-in-over', 'this took too long; begin again with the password');
}
