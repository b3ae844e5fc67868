/** Search on PostgreSQL. */
import { describeOnPostgres } from './postgres-engine.ts';
import { describeSearchPlaces } from './search-places-suite.ts';
import { describeSearch } from './search-suite.ts';

describeOnPostgres('search on PostgreSQL', (engine) => {
  describeSearch(engine);
  describeSearchPlaces(engine);
});
