/** Loads the rules of shaping (policy/shaping/ defines them), and looks for names in them. */
import { fileURLToPath } from 'node:url';
import type { TablesProblem } from '../policy/data-tables.ts';
import type { Providers } from '../policy/egress/providers.ts';
import { mergeShaping } from '../policy/shaping/merge-rules.ts';
import { parseShaping, type WrittenShaping } from '../policy/shaping/parse-shaping.ts';
import type { ShapingRules } from '../policy/shaping/shaping-rules.ts';
import { readDataFile } from './data-file.ts';
import { nearestName } from './nearest-name.ts';

/** The shipped file; the path is the same from src/ and from dist/. */
export const SHIPPED_DESTINATION_RULES = fileURLToPath(
  new URL('../../config/destinations.toml', import.meta.url),
);

/**
 * The operator's own rules (`delivery.destination_rules`) over the shipped ones. Throws ConfigError, also where a rule is
 * for a provider that is not in `providers`. `readFile` throws when there is no such file.
 */
export function loadDestinationRules(
  readFile: (path: string) => string,
  ownFile: string | undefined,
  providers: Providers,
): ShapingRules {
  const names = providers.map(({ name }) => name);
  const parse = (text: string) => {
    const read = parseShaping(text);
    return 'expected' in read ? read : (unknownProvider(read, names) ?? read);
  };
  const builtIn = readDataFile(readFile, SHIPPED_DESTINATION_RULES, parse);
  const merge = (own: WrittenShaping | TablesProblem | undefined) =>
    own !== undefined && 'expected' in own ? own : mergeShaping(builtIn, own);
  if (ownFile !== undefined) return readDataFile(readFile, ownFile, (text) => merge(parse(text)));
  return readDataFile(readFile, SHIPPED_DESTINATION_RULES, () => merge(undefined));
}

function unknownProvider(
  { rules, replies }: WrittenShaping,
  known: readonly string[],
): TablesProblem | undefined {
  const tables = [
    ...rules.map(({ name, match, position }) => ({ kind: 'rule', name, match, position })),
    ...replies.map(({ id, match }, position) => ({ kind: 'reply', name: id, match, position })),
  ];
  for (const { kind, name, match, position } of tables) {
    const unknown = match?.providers.find((provider) => !known.includes(provider));
    if (unknown === undefined) continue;
    const meant = nearestName(unknown, known);
    const remedy = meant === undefined ? '' : `; did you mean "${meant}"?`;
    return {
      at: `${kind} "${name}", match.provider`,
      expected: `a provider of config/providers.toml, not "${unknown}"${remedy}`,
      key: `${kind}.${String(position)}.match`,
    };
  }
  return undefined;
}
