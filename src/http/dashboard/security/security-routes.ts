/**
 * `/ui/api/security`: a person's own password, second factors and sessions. Nobody else's: each route is about whoever is signed in. What
 * changes factors asks that the person has shown who it is within ten minutes.
 */
import { z } from 'zod';
import { timestamp } from '../../../api-json/timestamp.ts';
import { MOST_PASSWORD_CHARS } from '../../../platform/password.ts';
import type { Factor } from '../../../store/factor-records.ts';
import type { PersonSession } from '../../../store/people-records.ts';
import { invalidField, notFound } from '../../api-error.ts';
import type { HttpApp } from '../../route-context.ts';
import { assertionOptions, needRelyingParty, relyingPartyAt } from '../factors/passkeys.ts';
import { passkeysOf, ProofFields, proves } from '../factors/proof.ts';
import { issueToken } from '../factors/step-tokens.ts';
import { NewPassword } from '../session-routes.ts';
import { unlessFull } from '../sign-in.ts';
import { registerEnrolmentRoutes } from './enrolment-routes.ts';
import { checkPassword, own, ownRecent, RECENT_MS, throttled, type SecurityOptions } from './own-security.ts';

const OPEN = { open: true } as const;
const Password = z.string().max(4 * MOST_PASSWORD_CHARS);
const Id = z.strictObject({ id: z.string().max(100) });

export function registerSecurityRoutes(app: HttpApp, options: SecurityOptions): void {
  for (const register of [shows, confirms, changesPassword, endsSessions, registerEnrolmentRoutes])
    register(app, options);
}

function shows(app: HttpApp, options: SecurityOptions): void {
  const { reader, clock, url } = options;
  app.get('/security', { config: OPEN }, async (request) => {
    const { person, session } = await own(request, options);
    const factors = await reader.factorsOf(person.id);
    const sessions = (await reader.sessionsOf(person.id)).filter(
      ({ expiresAtMs }) => expiresAtMs > clock.now(),
    );
    return {
      factors: factors.map(factorJson),
      recovery_codes: person.factors.recoveryCodes,
      passkeys_possible: relyingPartyAt(request, url()) !== undefined,
      confirmed_until: timestamp(session.confirmedAtMs + RECENT_MS),
      sessions: sessions.map((one) => sessionJson(one, session.id)),
    };
  });
}

/** The person shows again who it is. */
function confirms(app: HttpApp, options: SecurityOptions): void {
  const { reader, people, clock, url } = options;
  app.route({
    method: 'POST',
    url: '/security/passkey-options',
    config: OPEN,
    async handler(request) {
      const { person } = await own(request, options);
      const party = needRelyingParty(request, url());
      const asked = await assertionOptions(party, passkeysOf(await reader.factorsOf(person.id)));
      const value = { personId: person.id, challenge: asked.challenge };
      return { options: asked, state: issueToken('passkey-proof', value, options) };
    },
  });
  app.route({
    method: 'POST',
    url: '/security/confirm',
    config: OPEN,
    schema: { body: z.strictObject({ password: Password.optional(), ...ProofFields }) },
    async handler(request, reply) {
      const found = await own(request, options);
      const { person, session } = found;
      const { password, ...proof } = request.body;
      const given = Object.entries(request.body).find(([, value]) => value !== undefined)?.[0];
      if (given === undefined) throw invalidField('password', 'give the password, or a second factor');
      if (password === undefined)
        await throttled(person.email, given, request, options, () =>
          proves(person.id, proof, undefined, request, options),
        );
      else await checkPassword(found, password, 'password', request, options);
      await people.confirmSession(session.id, clock.now());
      return await reply.code(204).send();
    },
  });
}

/** It asks for the present one, whenever that was asked last. */
function changesPassword(app: HttpApp, options: SecurityOptions): void {
  const { people, passwords, clock } = options;
  app.route({
    method: 'POST',
    url: '/security/password',
    config: OPEN,
    schema: { body: z.strictObject({ current: Password, password: NewPassword }) },
    async handler(request, reply) {
      const found = await own(request, options);
      const { person, session, actor } = found;
      const { current, password } = request.body;
      await checkPassword(found, current, 'current', request, options);
      const stored = await unlessFull(() => passwords.hash(password));
      await people.setPassword(person.id, stored, session.id, clock.now(), actor);
      return await reply.code(204).send();
    },
  });
}

function endsSessions(app: HttpApp, options: SecurityOptions): void {
  const { reader, people, clock } = options;
  app.route({
    method: 'DELETE',
    url: '/security/sessions',
    config: OPEN,
    async handler(request, reply) {
      const { person, session, actor } = await own(request, options);
      await people.endSessions(person.id, session.id, clock.now(), actor);
      return await reply.code(204).send();
    },
  });
  app.route({
    method: 'DELETE',
    url: '/security/sessions/:id',
    config: OPEN,
    schema: { params: Id },
    async handler(request, reply) {
      const { person, actor } = await own(request, options);
      const { id } = request.params;
      if (!(await reader.sessionsOf(person.id)).some((session) => session.id === id))
        throw notFound('you have no such session');
      await people.endSession(id, clock.now(), actor);
      return await reply.code(204).send();
    },
  });
  app.route({
    method: 'DELETE',
    url: '/security/factors/:id',
    config: OPEN,
    schema: { params: Id },
    async handler(request, reply) {
      const { person, actor } = await ownRecent(request, options);
      await people.removeFactor(person.id, request.params.id, clock.now(), actor);
      return await reply.code(204).send();
    },
  });
}

function factorJson({ id, kind, name, createdAtMs, usedAtMs }: Factor) {
  const used_at = usedAtMs === undefined ? null : timestamp(usedAtMs);
  return { id, kind, name, created_at: timestamp(createdAtMs), used_at };
}

function sessionJson(session: PersonSession, present: string) {
  const { id, address, userAgent, createdAtMs, seenAtMs } = session;
  return {
    ...{ id, address, user_agent: userAgent ?? null, is_this: id === present },
    ...{ created_at: timestamp(createdAtMs), seen_at: timestamp(seenAtMs) },
  };
}
