/** Loads the rules of shaping (policy/shaping/ defines them), and looks for names in them. */
import { fileURLToPath } from 'node:url';
import type { TablesProblem } from '../policy/data-tables.ts';
import type { Providers } from '../policy/egress/providers.ts';
import type { CompilePattern } from '../policy/reply-match.ts';
import { mergeShaping } from '../policy/shaping/merge-rules.ts';
import { parseShaping, type WrittenShaping } from '../policy/shaping/parse-shaping.ts';
import type { ShapingRules } from '../policy/shaping/shaping-rules.ts';
import { readDataFile } from './data-file.ts';
import { linearPattern } from './linear-pattern.ts';
import { nearestName } from './nearest-name.ts';

/** The shipped file; the path is the same from src/ and from dist/. */
export const SHIPPED_DESTINATION_RULES = fileURLToPath(
  new URL('../../config/destinations.toml', import.meta.url),
);

/**
 * The operator's own rules (`delivery.destination_rules`) over the shipped ones. Throws ConfigError, also where a rule is
 * for a provider that is not in `providers`, or a source that is not in `sources` (`undefined`: any may be). `readFile` throws when there is no such file.
 */
export function loadDestinationRules(
  readFile: (path: string) => string,
  ownFile: string | undefined,
  providers: Providers,
  sources?: readonly string[],
): ShapingRules {
  const names = providers.map(({ name }) => name);
  const parse = (text: string, compile?: CompilePattern) => {
    const read = parseShaping(text, compile);
    if ('expected' in read) return read;
    return unknownProvider(read, names) ?? unknownSource(read, sources) ?? read;
  };
  const builtIn = readDataFile(readFile, SHIPPED_DESTINATION_RULES, (text) => parse(text));
  const merge = (own: WrittenShaping | TablesProblem | undefined) =>
    own !== undefined && 'expected' in own ? own : mergeShaping(builtIn, own);
  if (ownFile !== undefined)
    return readDataFile(readFile, ownFile, (text) => merge(parse(text, linearPattern)));
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

/** Sources are configuration: one that is not there is a slip of the pen. */
function unknownSource(
  { rules }: WrittenShaping,
  known: readonly string[] | undefined,
): TablesProblem | undefined {
  if (known === undefined) return undefined;
  for (const { name, match, position } of rules) {
    const unknown = match?.sources.find((source) => !known.includes(source));
    if (unknown === undefined) continue;
    const meant = nearestName(unknown, known);
    const others = known.length === 0 ? 'there is none' : `there are ${known.join(', ')}`;
    return {
      at: `rule "${name}", match.source`,
      expected: `the name of a [[source]] table, not "${unknown}"; ${meant === undefined ? others : `did you mean "${meant}"?`}`,
      key: `rule.${String(position)}.match`,
    };
  }
  return undefined;
}
