/**
 * The dashboard beside the API: pages for a browser, and the routes of the API for whoever is signed in. A Fastify application
 * of its own, so that neither cookies nor bearer tokens count on the other side.
 */
import path from 'node:path';
import { createHttpApp, type CreatedApp, type HttpAppOptions } from '../http-app.ts';
import type { EventStreams } from '../event-streams.ts';
import { Passwords } from '../../platform/password.ts';
import { registerRoutes } from '../route-table.ts';
import { DASHBOARD_PATH } from './dashboard-place.ts';
import type { OperationFacts } from './operation/operation-context.ts';
import { registerFactorRoutes } from './factors/factor-routes.ts';
import { registerContentRoutes } from './content/content-routes.ts';
import { registerOidcRoutes } from './oidc/oidc-routes.ts';
import { registerOperationRoutes } from './operation/operation-routes.ts';
import type { PreviewReader } from '../../preview/preview.ts';
import { readPages, registerPages } from './pages.ts';
import { PersonDoorkeeper } from './person-doorkeeper.ts';
import { registerSecurityRoutes } from './security/security-routes.ts';
import { registerSuppressionFileRoutes } from './suppression-files/suppression-files.ts';
import { registerSessionRoutes } from './session-routes.ts';

const API = `${DASHBOARD_PATH}/api`;
const OPERATION = `${API}/operation`;
/** What the build writes. */
const PAGES = path.join(import.meta.dirname, '../../ui');

export interface Dashboard extends Pick<CreatedApp, 'exchanges' | 'app'> {
  readonly doorkeeper: PersonDoorkeeper;
}

export interface DashboardOptions extends HttpAppOptions {
  /** Of the API too. */
  readonly streams: EventStreams;
  readonly facts: OperationFacts;
  readonly previews: PreviewReader;
}

export function createDashboard(options: DashboardOptions): Dashboard {
  const { context, streams, facts, previews } = options;
  const { reader, people, audit, acceptance, clock, random, log, config, box, resolver } = context;
  const url = () => config.dashboard.url;
  const oidc = () => config.dashboard.oidc;
  const doorkeeper = new PersonDoorkeeper({
    ...{ reader, people, audit, clock, log, url },
    requiresFactor: () => config.dashboard.requireSecondFactor,
  });
  const { app, exchanges } = createHttpApp({ ...options, doorkeeper });
  const { throttle, strangers } = acceptance;
  const passwords = new Passwords(random);
  const signingIn = { reader, people, passwords, throttle, strangers, clock, random, box, url, oidc };
  void app.register(
    (scoped, _options, done) => {
      registerSessionRoutes(scoped, { ...signingIn, doorkeeper });
      registerFactorRoutes(scoped, { ...signingIn, doorkeeper });
      registerSecurityRoutes(scoped, { ...signingIn, doorkeeper });
      registerOidcRoutes(scoped, { ...signingIn, resolver });
      registerRoutes(scoped, context, streams, { sends: false });
      registerContentRoutes(scoped, { ...context, previews });
      registerSuppressionFileRoutes(scoped, context);
      done();
    },
    { prefix: API },
  );
  void app.register(
    (scoped, _options, done) => {
      registerOperationRoutes(scoped, { ...context, ...facts });
      done();
    },
    { prefix: OPERATION },
  );
  registerPages(app, readPages(PAGES));
  return { app, exchanges, doorkeeper };
}
