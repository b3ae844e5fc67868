/** Loads the list of those who send feedback reports (policy/feedback-sources.ts says what stands in it). */
import { fileURLToPath } from 'node:url';
import { parseFeedbackSources, type FeedbackSources } from '../policy/feedback-sources.ts';
import { readDataFile } from './data-file.ts';

/** The file that comes with the program; the same place seen from src/ and from dist/. */
export const SHIPPED_FEEDBACK_SOURCES = fileURLToPath(
  new URL('../../config/feedback-sources.toml', import.meta.url),
);

/**
 * The operator's own (`inbound.feedback_sources`) and those that come with the program. Throws ConfigError.
 * `readFile` throws when there is no such file.
 */
export function loadFeedbackSources(
  readFile: (path: string) => string,
  ownFile: string | undefined,
): FeedbackSources {
  const files = ownFile === undefined ? [SHIPPED_FEEDBACK_SOURCES] : [ownFile, SHIPPED_FEEDBACK_SOURCES];
  return files.flatMap((file) => readDataFile(readFile, file, parseFeedbackSources));
}
