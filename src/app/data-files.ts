/** The files of rules beside the configuration, the operator's before the shipped ones: read at the start and at each reload. */
import { readFileSync } from 'node:fs';
import { loadBlocklists } from '../config/blocklists.ts';
import { loadBounceRules } from '../config/bounce-rules.ts';
import type { Config, DataFiles } from '../config/config.ts';
import { loadDestinationRules } from '../config/destination-rules.ts';
import { loadFeedbackSources } from '../config/feedback-sources.ts';
import { loadWarmUpPlans, refuseUnknownPlans } from '../config/warm-up-plans.ts';
import { loadProviders, refuseUnknownProviders } from '../config/providers.ts';

/** Throws ConfigError, which names the file and what is wrong with it. */
export function readDataFiles(config: Config): DataFiles {
  const read = (path: string) => readFileSync(path, 'utf8');
  const providers = loadProviders(read);
  const warmUpPlans = loadWarmUpPlans(read);
  refuseUnknownProviders(config.egress, providers);
  refuseUnknownPlans(config.egress, warmUpPlans);
  return {
    providers,
    warmUpPlans,
    shaping: loadDestinationRules(
      read,
      config.destinationRulesFile,
      providers,
      config.egress.sources.map(({ name }) => name),
    ),
    bounceRules: loadBounceRules(read, config.bounceRulesFile),
    feedbackSources: loadFeedbackSources(read, config.inbound.feedbackSourcesFile),
    blocklists: loadBlocklists(read, config.checks.blocklistsFile),
  };
}
