/** The pages of the relay as a whole, in a file of their own: most people have no role that opens them. */
import type { RelayRoute } from '../../pure/router.ts';
import { HealthPage } from './health-page.tsx';

export function RelayPages({ page }: RelayRoute) {
  switch (page) {
    case 'health':
      return <HealthPage />;
  }
}
