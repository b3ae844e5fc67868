/** `/ui/api/session`, `/ui/api/invite`: signing in and out, and what there is of whoever is signed in. */
import { z } from 'zod';
import type { FastifyRequest } from 'fastify';
import { timestamp } from '../../api-json/timestamp.ts';
import { MOST_PASSWORD_CHARS } from '../../platform/password.ts';
import type { HttpApp } from '../route-context.ts';
import { notSignedIn, type PersonDoorkeeper } from './person-doorkeeper.ts';
import { grantFor } from './role-rights.ts';
import { refuseOtherOrigins } from './same-origin.ts';
import { clearCookie, setCookie } from './session-cookie.ts';
import { actorOf, signIn, takeInvitation, type SignInOptions } from './sign-in.ts';
import type { SignedIn } from './people-sessions.ts';
import type { DirectoryReader } from '../../store/directory.ts';

export interface SessionRouteOptions extends SignInOptions {
  readonly reader: SignInOptions['reader'] & Pick<DirectoryReader, 'listAccounts'>;
  readonly doorkeeper: PersonDoorkeeper;
  /** `dashboard.url`, live. */
  readonly url: () => string | undefined;
}

const LEAST_PASSWORD_CHARS = 12;

export function registerSessionRoutes(app: HttpApp, options: SessionRouteOptions): void {
  const { doorkeeper, url, people, clock } = options;
  const ownPageOnly = (request: FastifyRequest) => refuseOtherOrigins(request, url());
  const config = { open: true } as const;

  app.route({
    method: 'POST',
    url: '/session',
    config,
    schema: {
      body: z.strictObject({ email: z.string().max(320), password: z.string().max(4 * MOST_PASSWORD_CHARS) }),
    },
    async handler(request, reply) {
      ownPageOnly(request);
      const token = await signIn(request.body, request, options);
      return await answer(request, reply, token);
    },
  });
  app.route({
    method: 'POST',
    url: '/invite',
    config,
    schema: {
      body: z.strictObject({
        token: z.string().max(100),
        password: z.string().min(LEAST_PASSWORD_CHARS).max(MOST_PASSWORD_CHARS),
      }),
    },
    async handler(request, reply) {
      ownPageOnly(request);
      const token = await takeInvitation(request.body, request, options);
      return await answer(request, reply, token);
    },
  });
  app.route({
    method: 'GET',
    url: '/session',
    config,
    async handler(request, reply) {
      ownPageOnly(request);
      const found = await doorkeeper.ifSignedIn(request);
      // No error: every page asks for it first, and browsers complain of those.
      return await reply.send(found === undefined ? null : await shown(found));
    },
  });
  app.route({
    method: 'DELETE',
    url: '/session',
    config,
    async handler(request, reply) {
      ownPageOnly(request);
      const { person, session } = await doorkeeper.signedIn(request);
      await people.endSession(session.id, clock.now(), actorOf(person.id, request));
      clearCookie(reply, url());
      return await reply.code(204).send();
    },
  });

  async function answer(request: FastifyRequest, reply: Parameters<typeof setCookie>[0], token: string) {
    setCookie(reply, token, url());
    const found = await doorkeeper.signedInBy(token);
    if (found === undefined) throw notSignedIn();
    return await shown(found);
  }

  /** With every account in which the person may do something. */
  async function shown({ person, session }: SignedIn) {
    const accounts = (await options.reader.listAccounts()).flatMap((account) => {
      const grant = grantFor(person, account.id);
      if (grant === undefined) return [];
      const { role, readsContent } = grant;
      return [{ id: account.id, name: account.name, role, reads_content: readsContent }];
    });
    const { id, email, name } = person;
    return { person: { id, email, name }, accounts, expires_at: timestamp(session.expiresAtMs) };
  }
}
