/** The source of that name in the configuration, or a failure that says which was meant. */
import { nearestName } from '../../config/nearest-name.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Source } from '../../policy/egress/source.ts';
import { notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';

export function findSource({ config: { egress } }: Pick<CommandContext, 'config'>, name: string): Source {
  const source = egress.sources.find((one) => one.name === name);
  if (source !== undefined) return source;
  const names = egress.sources.map((one) => one.name);
  const meant = nearestName(name, names);
  const hint = meant === undefined ? '' : `did you mean ${visible(meant)}?\n`;
  throw notFound(`there is no source ${name}`, `${hint}see them: relayctl source list`);
}
