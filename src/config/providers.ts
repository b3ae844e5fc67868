/** Loads the list of mailbox providers (policy/egress/providers.ts defines it), and looks for names in it. */
import { fileURLToPath } from 'node:url';
import { parseProviders, type Providers } from '../policy/egress/providers.ts';
import type { EgressConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { readDataFile } from './data-file.ts';
import { nearestName } from './nearest-name.ts';

/** The shipped file; the path is the same from src/ and from dist/. */
export const SHIPPED_PROVIDERS = fileURLToPath(new URL('../../config/providers.toml', import.meta.url));

/** Throws ConfigError. `readFile` throws when there is no such file. */
export function loadProviders(readFile: (path: string) => string): Providers {
  return readDataFile(readFile, SHIPPED_PROVIDERS, parseProviders);
}

/** Throws ConfigError where a route matches a provider that is not in the list: it would match nothing. */
export function refuseUnknownProviders({ routes }: EgressConfig, providers: Providers): void {
  const known = providers.map(({ name }) => name);
  const problems = routes.flatMap(({ name, match }) =>
    match.providers
      .filter((provider) => !known.includes(provider))
      .map((provider) => {
        const meant = nearestName(provider, known);
        return {
          file: undefined,
          line: undefined,
          variable: undefined,
          key: `route.${name}.match.provider`,
          message: `there is no provider "${provider}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
          accepted: meant === undefined ? known.join(', ') : undefined,
        };
      }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
}
