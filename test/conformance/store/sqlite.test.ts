/** The conformance suite on the SQLite engine, in process. */
import { openSqlite, rawSqlite } from './sqlite-engine.ts';
import { describeStore } from './suite.ts';

describeStore({
  rawOf: rawSqlite,
  open: (dataDir, options) => Promise.resolve(openSqlite(dataDir, options)),
});
