/** What relayd does now with the hosts of a destination: asked of the running process, and left out where it does not answer. */
import type { SessionsReport } from '../../control/protocol.ts';
import type { CommandContext } from '../program/command-context.ts';
import { fullTime, relative, timestamp } from '../output/time-words.ts';

/** `undefined`: relayd does not run here, or does not answer. */
export async function sessionsOf(
  { services, config }: Pick<CommandContext, 'services' | 'config'>,
  destination: string,
): Promise<SessionsReport | undefined> {
  const asked = await services.ask(config, { operation: 'sessions', destination });
  return asked.kind === 'answered' ? asked.answer : undefined;
}

/** Lines of `destination show`. */
export function sessionLines({ sessions, more }: SessionsReport, nowMs: number): readonly string[] {
  const lines = sessions.map(({ host, sinceMs, opening, waitsFor }) => {
    const where = host === '' ? '' : ` ${opening ? 'to' : 'with'} ${host}`;
    const begun = `${opening ? 'connecting' : 'a transaction'}${where}, begun ${relative(sinceMs, nowMs)}`;
    if (waitsFor === undefined) return begun;
    const since = `${fullTime(waitsFor.sinceMs)} (${relative(waitsFor.sinceMs, nowMs)})`;
    return `${begun}: waits for ${wordsOf(waitsFor.what)} since ${since}`;
  });
  return more === 0 ? lines : [...lines, `and ${more} more`];
}

export function sessionsJson({ sessions, more }: SessionsReport) {
  return {
    sessions: sessions.map(({ host, sinceMs, opening, waitsFor }) => ({
      host,
      state: opening ? 'opening' : 'transaction',
      since: timestamp(sinceMs),
      waits_for: waitsFor?.what ?? null,
      waits_since: timestamp(waitsFor?.sinceMs),
    })),
    more,
  };
}

/** A command stands for its reply. */
function wordsOf(what: string): string {
  return /^[A-Z]+$/.test(what) ? `the reply to ${what}` : what;
}
