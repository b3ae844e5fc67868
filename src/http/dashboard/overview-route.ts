/** `/ui/api/overview`: how the relay itself is, for those who run it: people with a role in every account. */
import type { CheckResult } from '../../policy/checks/registry.ts';
import { forbidden } from '../api-error.ts';
import type { HttpApp } from '../route-context.ts';
import type { PersonDoorkeeper } from './person-doorkeeper.ts';
import { refuseOtherOrigins } from './same-origin.ts';

export interface OverviewOptions {
  readonly doorkeeper: PersonDoorkeeper;
  readonly checks: () => Promise<readonly CheckResult[]>;
  /** `dashboard.url`, live. */
  readonly url: () => string | undefined;
}

export function registerOverviewRoute(app: HttpApp, { doorkeeper, checks, url }: OverviewOptions): void {
  app.route({
    method: 'GET',
    url: '/overview',
    config: { open: true },
    async handler(request) {
      refuseOtherOrigins(request, url());
      const { person } = await doorkeeper.signedIn(request);
      if (!person.grants.some(({ accountId }) => accountId === undefined))
        throw forbidden('role-missing', 'the checks of the relay are for those with a role in every account');
      return { checks: (await checks()).map(shown) };
    },
  });
}

function shown({ name, ok, detail, remedy }: CheckResult) {
  // With something to know all the same.
  const level = !ok ? 'failing' : remedy === undefined ? 'ok' : 'warning';
  return { name, level, detail, remedy: remedy ?? '' };
}
