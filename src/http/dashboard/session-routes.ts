/** `/ui/api/session`, `/ui/api/invite`: signing in and out, and what there is of whoever is signed in. */
import { z } from 'zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OidcConfig } from '../../config/config.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { MOST_PASSWORD_CHARS } from '../../platform/password.ts';
import type { HttpApp } from '../route-context.ts';
import { refusePassword } from './oidc/refuse-password.ts';
import { notSignedIn, type PersonDoorkeeper } from './person-doorkeeper.ts';
import { grantFor, relayGrantOf } from './role-rights.ts';
import { refuseOtherOrigins } from './same-origin.ts';
import { clearCookie, setCookie } from './session-cookie.ts';
import { actorOf, signIn, takeInvitation, type Entry, type SignInOptions } from './sign-in.ts';
import type { SignedIn } from './people-sessions.ts';
import type { DirectoryReader } from '../../store/directory.ts';

export interface SessionRouteOptions extends SignInOptions {
  readonly reader: SignInOptions['reader'] & Pick<DirectoryReader, 'listAccounts'>;
  readonly doorkeeper: PersonDoorkeeper;
  /** `dashboard.oidc`, live. */
  readonly oidc: () => OidcConfig;
}

export const NewPassword = z.string().min(12).max(MOST_PASSWORD_CHARS);
const OPEN = { open: true } as const;

export function registerSessionRoutes(app: HttpApp, options: SessionRouteOptions): void {
  const routes = new SessionRoutes(options);
  for (const register of [signsIn, takesInvitation, tells, signsOut]) register(app, routes);
}

function signsIn(app: HttpApp, routes: SessionRoutes): void {
  app.route({
    method: 'POST',
    url: '/session',
    config: OPEN,
    schema: {
      body: z.strictObject({ email: z.string().max(320), password: z.string().max(4 * MOST_PASSWORD_CHARS) }),
    },
    async handler(request, reply) {
      routes.refuseOthers(request);
      refusePassword(routes.options.oidc());
      return await routes.enter(reply, await signIn(request.body, request, routes.options));
    },
  });
}

function takesInvitation(app: HttpApp, routes: SessionRoutes): void {
  app.route({
    method: 'POST',
    url: '/invite',
    config: OPEN,
    schema: {
      body: z.strictObject({
        token: z.string().max(100),
        password: NewPassword,
      }),
    },
    async handler(request, reply) {
      routes.refuseOthers(request);
      return await routes.enter(reply, await takeInvitation(request.body, request, routes.options));
    },
  });
}

function tells(app: HttpApp, routes: SessionRoutes): void {
  app.route({
    method: 'GET',
    url: '/session',
    config: OPEN,
    async handler(request, reply) {
      routes.refuseOthers(request);
      const found = await routes.options.doorkeeper.ifSignedIn(request);
      // No error: every page asks for it first, and browsers complain of those.
      return await reply.send(found === undefined ? null : await routes.shown(found));
    },
  });
}

function signsOut(app: HttpApp, routes: SessionRoutes): void {
  const { doorkeeper, people, clock, url } = routes.options;
  app.route({
    method: 'DELETE',
    url: '/session',
    config: OPEN,
    async handler(request, reply) {
      routes.refuseOthers(request);
      const { person, session } = await doorkeeper.signedIn(request);
      await people.endSession(session.id, clock.now(), actorOf(person.id, request));
      clearCookie(reply, url());
      return await reply.code(204).send();
    },
  });
}

/** What the routes share. */
export class SessionRoutes {
  readonly options: SessionRouteOptions;

  constructor(options: SessionRouteOptions) {
    this.options = options;
  }

  refuseOthers(request: FastifyRequest): void {
    refuseOtherOrigins(request, this.options.url());
  }

  /** The answer to whoever has signed in: the cookie, and the session. Or what is asked for first. */
  async enter(reply: FastifyReply, entry: Entry): Promise<object> {
    if ('second_step' in entry) return entry;
    setCookie(reply, entry.token, this.options.url());
    const found = await this.options.doorkeeper.signedInBy(entry.token);
    if (found === undefined) throw notSignedIn();
    return await this.shown(found);
  }

  /** With every account in which the person may do something. */
  async shown({ person, session }: SignedIn): Promise<object> {
    const accounts = (await this.options.reader.listAccounts()).flatMap((account) => {
      const grant = grantFor(person, account.id);
      if (grant === undefined) return [];
      const { role, readsContent } = grant;
      return [{ id: account.id, name: account.name, role, reads_content: readsContent }];
    });
    const { id, email, name } = person;
    return {
      person: { id, email, name },
      accounts,
      relay_role: relayGrantOf(person)?.role ?? null,
      // Until then there is nothing but enrolling one.
      must_enrol: this.options.doorkeeper.needsFactor(person),
      expires_at: timestamp(session.expiresAtMs),
    };
  }
}
