/** The files of rules beside the configuration, the operator's before the shipped ones: read at the start and at each reload. */
import { readFileSync } from 'node:fs';
import { loadBounceRules } from '../config/bounce-rules.ts';
import type { Config } from '../config/config.ts';
import { loadFeedbackSources } from '../config/feedback-sources.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import type { FeedbackSources } from '../policy/feedback-sources.ts';

export interface DataFiles {
  readonly bounceRules: BounceRules;
  readonly feedbackSources: FeedbackSources;
}

/** Throws ConfigError, which names the file and what is wrong with it. */
export function readDataFiles(config: Config): DataFiles {
  const read = (path: string) => readFileSync(path, 'utf8');
  return {
    bounceRules: loadBounceRules(read, config.bounceRulesFile),
    feedbackSources: loadFeedbackSources(read, config.inbound.feedbackSourcesFile),
  };
}
