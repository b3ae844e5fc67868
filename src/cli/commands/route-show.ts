/** `relayctl route show`: one route, all of it but its secret. */
import { nearestName } from '../../config/nearest-name.ts';
import { visible } from '../../platform/visible-text.ts';
import { DEFAULT_POOL } from '../../policy/egress/source.ts';
import { notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { renderFields } from '../output/fields.ts';
import { routeJson, sourceJson } from '../../api-json/route-json.ts';
import { actionWords, fallbackWords, matchWords, smartHostWords, sourceWords } from '../views/route-view.ts';

export const routeShow: CommandSpec = {
  path: 'route show',
  summary: 'Show a route: what it matches, where it leads, what takes over',
  arguments: '<name>',
  examples: [
    { type: 'route show office', does: 'the route of this name' },
    { type: 'route show office --json', does: 'the same for a script' },
  ],
  run: showRoute,
};

function showRoute(context: CommandContext, { arguments: [name = ''] }: CommandInput): void {
  const { routes, sources } = context.config.egress;
  const rule = routes.find((one) => one.name === name);
  if (rule === undefined) {
    const meant = nearestName(
      name,
      routes.map((one) => one.name),
    );
    const hint = meant === undefined ? '' : `did you mean ${visible(meant)}?\n`;
    throw notFound(`there is no route ${name}`, `${hint}see them: relayctl route list`);
  }
  const pool = rule.pool ?? DEFAULT_POOL;
  const own = sources.filter((source) => source.pool === pool);
  const ends = rule.action !== 'direct' && rule.action !== 'relay';
  if (context.global.json) {
    context.printJson({
      ...routeJson(rule),
      position: routes.indexOf(rule) + 1,
      sources: own.map(sourceJson),
    });
    return;
  }
  const rows: [string, string | undefined][] = [
    ['place', `${routes.indexOf(rule) + 1} of ${routes.length}`],
    ['matches', matchWords(rule.match)],
    ['mail goes', rule.smartHost === undefined ? actionWords(rule) : `to ${smartHostWords(rule.smartHost)}`],
    ['fallback', fallbackWords(rule)],
    ['dkim', ends ? undefined : rule.dkim ? 'signed' : 'not signed'],
    ...(ends
      ? []
      : own.map((source): [string, string] => ['source', `${source.name}: ${sourceWords(source)}`])),
    ['keeps', rule.keepSource ? 'every attempt of a message leaves from the same source' : undefined],
  ];
  context.print(renderFields(context, rule.name, rows));
}
