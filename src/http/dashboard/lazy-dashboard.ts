/** The dashboard as the HTTP service has it: made at the first request for it, because many relays never get one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Credential } from '../../store/directory-records.ts';
import type { Dashboard, DashboardOptions } from './dashboard-app.ts';
import { isForDashboard } from './dashboard-place.ts';

export class LazyDashboard {
  readonly #options: DashboardOptions;
  #made: Promise<Dashboard> | undefined;

  constructor(options: DashboardOptions) {
    this.#options = options;
  }

  /** Whether a request is the dashboard's: all others are the API's. */
  takes(request: IncomingMessage): boolean {
    return isForDashboard(request, this.#options.context.config.dashboard.url);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#made ??= this.#make();
    this.#made.then(
      ({ app }) => app.routing(request, response),
      (error: unknown) => {
        this.#options.context.log.error('the dashboard cannot start', { reason: String(error) });
        response.writeHead(500).end();
      },
    );
  }

  /** Whether whoever opened an event stream of the dashboard may go on. Rejects with StoreError. */
  async stillMay(held: Credential): Promise<boolean> {
    const made = await this.#made;
    return made !== undefined && (await made.doorkeeper.stillMay(held));
  }

  async stop(): Promise<void> {
    const made = await this.#made?.catch(() => undefined);
    made?.exchanges.stop();
    await made?.app.close();
  }

  async #make(): Promise<Dashboard> {
    const { createDashboard } = await import('./dashboard-app.ts');
    const made = createDashboard(this.#options);
    await made.app.ready();
    return made;
  }
}
