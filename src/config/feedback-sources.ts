/** Loads the list of those who send feedback reports (policy/feedback-sources.ts says what stands in it). */
import { fileURLToPath } from 'node:url';
import { isFeedbackSources, parseFeedbackSources, type FeedbackSources } from '../policy/feedback-sources.ts';
import { ConfigError } from './config-error.ts';
import { reason } from './read-environment.ts';

/** The file that comes with the program; the same place seen from src/ and from dist/. */
export const SHIPPED_FEEDBACK_SOURCES = fileURLToPath(
  new URL('../../config/feedback-sources.toml', import.meta.url),
);

/**
 * The operator's own (`inbound.feedback_sources`) and those that come with the program. Throws {@link ConfigError}.
 * `readFile` throws when there is no such file.
 */
export function loadFeedbackSources(
  readFile: (path: string) => string,
  ownFile: string | undefined,
): FeedbackSources {
  const own = ownFile === undefined ? [] : readSources(readFile, ownFile);
  return [...own, ...readSources(readFile, SHIPPED_FEEDBACK_SOURCES)];
}

function readSources(readFile: (path: string) => string, file: string): FeedbackSources {
  const refuse = (key: string | undefined, message: string) => {
    const place = { file, line: undefined, variable: undefined };
    return new ConfigError([{ ...place, key, message, accepted: undefined }]);
  };
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    throw refuse(undefined, `cannot read ${file}: ${reason(error)}`);
  }
  const sources = parseFeedbackSources(text);
  if (!isFeedbackSources(sources)) throw refuse(sources.at, `expected ${sources.expected}`);
  return sources;
}
