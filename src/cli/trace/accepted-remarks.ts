/**
 * What the `accepted` events of a message say of the message itself, in words: a notice whose From was written anew, lines that
 * are longer than mail servers have to take (RFC 5322 §2.1.1).
 */
import type { TraceFacts } from './trace-facts.ts';

export function* acceptedRemarks({ events, message }: TraceFacts): Generator<string> {
  const data = events.find(({ type }) => type === 'accepted')?.data ?? {};
  const { original_from: originalFrom, longest_line_octets: octets } = data;
  if (typeof originalFrom === 'string') {
    const { headerFrom } = message.facts;
    yield `a notice of the client's own mail system: its From was ${originalFrom}, which is in X-Original-From, and is ${headerFrom} now`;
  }
  if (typeof octets === 'number')
    yield `its longest line has ${octets} octets, passed on unchanged: mail servers need not take more than 998`;
}
