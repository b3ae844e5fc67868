/** Everything that any engine must do. */
import { describeAccept } from './accept-suite.ts';
import { describeFindings } from './finding-suite.ts';
import { describeClaim } from './claim-suite.ts';
import { describeDirectory } from './directory-suite.ts';
import { describeDomains } from './domain-suite.ts';
import type { Engine } from './engine.ts';
import { describeEvents } from './event-suite.ts';
import { describeFeed } from './feed-suite.ts';
import { describeHealth } from './health-suite.ts';
import { describeIdempotency } from './idempotency-suite.ts';
import { describeLogins } from './login-suite.ts';
import { describeReschedule } from './reschedule-suite.ts';
import { describeTemplates } from './template-suite.ts';
import { describeQueue } from './queue-suite.ts';
import { describeRefusals } from './refusal-suite.ts';
import { describeReports } from './report-suite.ts';
import { describeRetention } from './retention-suite.ts';
import { describeRoutes } from './route-suite.ts';
import { describeStanding } from './standing-suite.ts';
import { describeStatistics } from './statistics-suite.ts';
import { describeSuppression } from './suppression-suite.ts';
import { describeTries } from './tries-suite.ts';
import { describeWebhooks } from './webhook-suite.ts';

export function describeStore(engine: Engine): void {
  describeAccept(engine);
  describeClaim(engine);
  describeEvents(engine);
  describeFeed(engine);
  describeDirectory(engine);
  describeDomains(engine);
  describeStanding(engine);
  describeIdempotency(engine);
  describeQueue(engine);
  describeTemplates(engine);
  describeReschedule(engine);
  describeTries(engine);
  describeRoutes(engine);
  describeRefusals(engine);
  describeReports(engine);
  describeRetention(engine);
  describeSuppression(engine);
  describeHealth(engine);
  describeLogins(engine);
  describeFindings(engine);
  describeStatistics(engine);
  describeWebhooks(engine);
}
