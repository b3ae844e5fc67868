/** Loads the list of feedback report sources (policy/feedback-sources.ts defines it). */
import { fileURLToPath } from 'node:url';
import { parseFeedbackSources, type FeedbackSources } from '../policy/feedback-sources.ts';
import { readDataFile } from './data-file.ts';

/** The shipped file; the path is the same from src/ and from dist/. */
export const SHIPPED_FEEDBACK_SOURCES = fileURLToPath(
  new URL('../../config/feedback-sources.toml', import.meta.url),
);

/**
 * The operator's own sources (`inbound.feedback_sources`) and the shipped ones. Throws ConfigError. `readFile` throws
 * when there is no such file.
 */
export function loadFeedbackSources(
  readFile: (path: string) => string,
  ownFile: string | undefined,
): FeedbackSources {
  const files = ownFile === undefined ? [SHIPPED_FEEDBACK_SOURCES] : [ownFile, SHIPPED_FEEDBACK_SOURCES];
  return files.flatMap((file) => readDataFile(readFile, file, parseFeedbackSources));
}
