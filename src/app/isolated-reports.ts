/** Entry of the process that reads reports (report-reader.ts). */
import { readReport } from '../dsn/read/read-report.ts';
import { serveIsolated } from '../platform/isolated-entry.ts';

serveIsolated({ read: (bytes: Uint8Array) => readReport(bytes) });
