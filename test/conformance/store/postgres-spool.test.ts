/** The flow of mail on PostgreSQL: the suites of accepting, claiming, feeding and settling. */
import { describeCertificates } from './certificate-suite.ts';
import { describeCredentialUse } from './credential-use-suite.ts';
import { describeAccept } from './accept-suite.ts';
import { describeClaim } from './claim-suite.ts';
import { describeFeed } from './feed-suite.ts';
import { describeIdempotency } from './idempotency-suite.ts';
import { describeLimitWaits } from './limit-wait-suite.ts';
import { describeOnPostgres } from './postgres-engine.ts';
import { describeOrder } from './order-suite.ts';
import { describeRoutes } from './route-suite.ts';
import { describeStanding } from './standing-suite.ts';
import { describeTries } from './tries-suite.ts';

describeOnPostgres('the spool on PostgreSQL', (engine) => {
  describeAccept(engine);
  describeClaim(engine);
  describeFeed(engine);
  describeIdempotency(engine);
  describeLimitWaits(engine);
  describeOrder(engine);
  describeRoutes(engine);
  describeStanding(engine);
  describeCredentialUse(engine);
  describeCertificates(engine);
  describeTries(engine);
});
