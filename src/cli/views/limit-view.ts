/** Limits that the relay set itself, and suspensions by operators, in words. */
import type { AutomaticLimit } from '../../policy/shaping/automatic-limit.ts';
import type { Suspension } from '../../store/shaping.ts';
import { counted, fullTime, relative } from '../output/time-words.ts';

/** Who, what, since when, until when, why, and what undoes it. `name`: what was asked for. */
export function limitWords(limit: AutomaticLimit, name: string, nowMs: number): string {
  const { rule, reply, atMs, untilMs } = limit;
  return (
    `${placeWords(limit)} ${actionWords(limit)} since ${fullTime(atMs)}, by the reply rule ${rule}: ${reply}; ` +
    `next step ${relative(untilMs, nowMs)}; lift it: relayctl destination resume ${name}`
  );
}

export function actionWords({ action, perMinute, connections }: AutomaticLimit): string {
  if (action === 'suspend') return 'is suspended';
  const parts = [
    perMinute === undefined ? undefined : `${counted(perMinute, 'message')} a minute`,
    connections === undefined ? undefined : counted(connections, 'connection'),
  ];
  return `is slowed down to ${parts.filter((part) => part !== undefined).join(', ')}`;
}

function placeWords({ subject, source }: AutomaticLimit): string {
  return source === undefined ? subject : `${subject} from ${source}`;
}

/** Until when and why; `undefined`: there is nothing more to say. */
export function suspensionWords({ untilMs, reason, actor, atMs }: Suspension, nowMs: number): string {
  const until =
    untilMs === undefined
      ? 'until it is resumed'
      : `until ${fullTime(untilMs)} (${relative(untilMs, nowMs)})`;
  return `${until}, by ${actor} since ${fullTime(atMs)}${reason === undefined ? '' : `: ${reason}`}`;
}
