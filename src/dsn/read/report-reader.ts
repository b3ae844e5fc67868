/**
 * The reader of reports as those who have one to read see it. What a stranger wrote is read elsewhere than where mail
 * is taken, within limits (app/report-reader.ts), so that there are answers beside the report.
 */
import type { Report } from './report.ts';

export type ReportReading =
  | { readonly kind: 'report'; readonly report: Report }
  /** It passed a limit of the reader, or the reader fell over it; it would again. */
  | { readonly kind: 'unreadable'; readonly why: 'time' | 'memory' | 'output' | 'failed' }
  /** Nothing is known of it: there is too much to read, or no reader. It may come again. */
  | { readonly kind: 'busy' };

/** `bytes`: a whole message. `flow`: whose it is; reports are read flow by flow. Never rejects. */
export type ReadReport = (bytes: Uint8Array, flow: string) => Promise<ReportReading>;
