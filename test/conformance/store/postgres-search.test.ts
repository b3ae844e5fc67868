/** Search on PostgreSQL. */
import { describeOnPostgres } from './postgres-engine.ts';
import { describeSearch } from './search-suite.ts';

describeOnPostgres('search on PostgreSQL', (engine) => {
  describeSearch(engine);
});
