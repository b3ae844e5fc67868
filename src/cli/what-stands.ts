/** What operators have suspended and what the relay limits by itself, in sentences for `status`: each with what undoes it. */
import type { Suspension } from '../store/shaping.ts';
import { limitsInForce } from './limits-of.ts';
import type { CommandContext } from './program/command-context.ts';
import { limitWords, suspensionWords } from './views/limit-view.ts';

/** Of limits, so that a bad day is no page of them; `destination list` has all. */
const MOST_LIMITS = 5;

export async function whatStands(context: CommandContext): Promise<readonly string[]> {
  const { reader, nowMs } = context;
  const suspensions = await reader.suspensions();
  const names = new Map((await reader.listAccounts()).map(({ id, name }) => [id, name] as const));
  const limits = await limitsInForce(context);
  const more = limits.length - MOST_LIMITS;
  return [
    ...suspensions.filter(({ kind }) => kind !== 'destination').map((one) => words(one, names, nowMs)),
    ...limits.slice(0, MOST_LIMITS).map((limit) => limitWords(limit, limit.destination, nowMs)),
    ...(more > 0 ? [`${more} more limits that the relay set itself: relayctl destination list`] : []),
  ];
}

/** Destinations stand in the queue. */
function words(suspension: Suspension, names: ReadonlyMap<string, string>, nowMs: number): string {
  const { kind, subject } = suspension;
  const name = kind === 'account' ? (names.get(subject) ?? subject) : subject;
  return `the ${kind} ${name} is suspended ${suspensionWords(suspension, nowMs)}; go on: relayctl ${kind} resume ${name}`;
}
