/** `relayctl destination show`: one destination: counts, next attempt, last failure, what goes on now. */
import { suspensionJson } from '../../api-json/suspension-json.ts';
import type { DestinationView } from '../../store/views.ts';
import { notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import type { AutomaticLimit } from '../../policy/shaping/automatic-limit.ts';
import type { Suspension } from '../../store/shaping.ts';
import { limitsOf } from '../limits-of.ts';
import { limitJson } from '../../api-json/limit-json.ts';
import { limitWords, suspensionWords } from '../views/limit-view.ts';
import {
  emptyDestination,
  isOfInterest,
  obstacleWords,
  troubleOf,
  withholdingWords,
} from '../views/destination-view.ts';
import type { ExplainedTrouble } from '../views/destination-view.ts';
import { sessionLines, sessionsJson, sessionsOf } from '../views/sessions-view.ts';
import type { SessionsReport } from '../../control/protocol.ts';
import { domainName } from '../input/lookup.ts';
import { visible } from '../../platform/visible-text.ts';
import { fullTime, relative, timestamp } from '../output/time-words.ts';
import { destinationJson } from '../../api-json/queue-json.ts';

export const destinationShow: CommandSpec = {
  path: 'destination show',
  summary: 'Show a destination: waiting deliveries, next attempt, last failure, limits, sessions',
  arguments: '<domain>',
  examples: [
    { type: 'destination show example.org', does: 'the state of a destination' },
    { type: 'destination show example.org --json', does: 'the same for a script' },
  ],
  run: showDestination,
};

async function showDestination(context: CommandContext, input: CommandInput): Promise<void> {
  const name = domainName(input.arguments[0] ?? '');
  const row = await context.reader.destination(name);
  const limits = await limitsOf(context, name);
  if ((row === undefined || !isOfInterest(row, context.nowMs)) && limits.length === 0)
    throw notFound(
      `nothing waits for ${name}, and nothing stands in its way`,
      `what went there: relayctl message list --destination ${name}`,
    );
  const suspension = await suspensionOf(context, name);
  const trouble = row && (await troubleOf(context, row));
  const sessions = await sessionsOf(context, name);
  if (context.global.json)
    context.printJson({
      ...destinationJson(row ?? emptyDestination(name)),
      ...suspensionJson(suspension),
      limits: limits.map(limitJson),
      failing_since: timestamp(trouble?.sinceMs),
      last_class: trouble?.class ?? null,
      meaning: trouble?.meaning ?? null,
      action: trouble?.action ?? null,
      in_progress: sessions === undefined ? null : sessionsJson(sessions),
    });
  else
    context.print(
      renderDestination(context, row ?? emptyDestination(name), { trouble, limits, suspension, sessions }),
    );
}

/** What stands in the way of its mail. */
interface WhatStands {
  readonly trouble: ExplainedTrouble | undefined;
  readonly limits: readonly AutomaticLimit[];
  readonly suspension: Suspension | undefined;
  readonly sessions: SessionsReport | undefined;
}

async function suspensionOf({ reader }: CommandContext, name: string): Promise<Suspension | undefined> {
  const all = await reader.suspensions();
  return all.find(({ kind, subject }) => kind === 'destination' && subject === name);
}

function renderDestination(
  { paint, nowMs }: CommandContext,
  row: DestinationView,
  { trouble, limits, suspension, sessions }: WhatStands,
): string {
  const counts = Object.entries(row.counts).filter(([, count]) => count > 0);
  const due = row.nextDueAtMs;
  const rows: [string, string | undefined][] = [
    ['deliveries', counts.map(([state, count]) => `${count} ${state}`).join(', ') || 'none'],
    ['next due', due === undefined ? undefined : `${fullTime(due)} (${relative(due, nowMs)})`],
    ['last error', row.lastError],
    ['since', trouble && `${fullTime(trouble.sinceMs)} (${relative(trouble.sinceMs, nowMs)})`],
    ['class', trouble?.class],
    ['means', trouble?.meaning],
    ['do', trouble?.action],
    ['obstacle', obstacleWords(row, nowMs)],
    ['suspended', suspension && suspensionWords(suspension, nowMs)],
    ...limits.map((limit): [string, string] => ['limit', limitWords(limit, row.name, nowMs)]),
    ['breaker', withholdingWords(row, nowMs)],
    ...inProgress(sessions, nowMs),
  ];
  const lines = rows
    .filter((one): one is [string, string] => one[1] !== undefined)
    .map(([label, text]) => `  ${paint.name(label.padEnd(11))}${visible(text)}\n`);
  return `${paint.bold(row.name)}\n${lines.join('')}`;
}

function inProgress(sessions: SessionsReport | undefined, nowMs: number): [string, string][] {
  return (sessions === undefined ? [] : sessionLines(sessions, nowMs)).map((line, at) => [
    at === 0 ? 'sessions' : '',
    line,
  ]);
}
