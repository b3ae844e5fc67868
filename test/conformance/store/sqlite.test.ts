/** The conformance suite on the SQLite engine, in process. */
import { openSqlite } from './sqlite-engine.ts';
import { describeStore } from './suite.ts';

describeStore({ open: (dataDir, options) => Promise.resolve(openSqlite(dataDir, options)) });
