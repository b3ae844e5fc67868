/** The pages of the relay as a whole, in a file of their own: most people have no role that opens them. */
import type { RelayRoute } from '../../pure/router.ts';
import { HealthPage } from './health-page.tsx';
import { QueuePage } from './queue-page.tsx';
import { QueueOfDestinationPage } from './queue-of-destination-page.tsx';
import { RefusedMessagePage, RefusedPage } from './refused-page.tsx';
import { ReportPage } from './report-page.tsx';
import { ReportsPage } from './reports-page.tsx';
import { RoutesPage } from './routes-page.tsx';
import { SettingsPage } from './settings-page.tsx';

export function RelayPages({ page, thing }: RelayRoute) {
  switch (page) {
    case 'health':
      return <HealthPage />;
    case 'queue':
      return thing === undefined ? <QueuePage /> : <QueueOfDestinationPage name={thing} />;
    case 'routes':
      return <RoutesPage />;
    case 'settings':
      return <SettingsPage />;
    case 'refused':
      return thing === undefined ? <RefusedPage /> : <RefusedMessagePage id={thing} />;
    case 'reports':
      return thing === undefined ? <ReportsPage /> : <ReportPage id={thing} />;
  }
}
