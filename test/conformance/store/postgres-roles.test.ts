/** What is beside the flow of mail on PostgreSQL: the suites of queue, events, statistics, health, reports, retention. */
import { describeEvents } from './event-suite.ts';
import { describeHealth } from './health-suite.ts';
import { describeOnPostgres } from './postgres-engine.ts';
import { describeQueue } from './queue-suite.ts';
import { describeAccountTerms } from './account-terms-suite.ts';
import { describeErasure } from './erasure-suite.ts';
import { describeRemoval } from './removal-suite.ts';
import { describeReports } from './report-suite.ts';
import { describeReschedule } from './reschedule-suite.ts';
import { describeRetention } from './retention-suite.ts';
import { describeSelections } from './selection-suite.ts';
import { describeStatistics } from './statistics-suite.ts';
import { describeSuppression } from './suppression-suite.ts';
import { describeUnsubscribes } from './unsubscribe-suite.ts';
import { describeWebhooks } from './webhook-suite.ts';
import { describeWishes } from './wish-suite.ts';

describeOnPostgres('queue, events and counts on PostgreSQL', (engine) => {
  describeEvents(engine);
  describeQueue(engine);
  describeSelections(engine);
  describeWishes(engine);
  describeReschedule(engine);
  describeStatistics(engine);
  describeHealth(engine);
  describeReports(engine);
  describeUnsubscribes(engine);
  describeRetention(engine);
  describeRemoval(engine);
  describeErasure(engine);
  describeAccountTerms(engine);
  describeSuppression(engine);
  describeWebhooks(engine);
});
