/**
 * The last look at what relayctl writes: text leaves with its line ends, with the colours of paint.ts where there are
 * any, and with no other control character, whatever a command put into it. Octets (`message raw`) leave as they are.
 */
import { visibleLines } from '../../platform/visible-text.ts';
import type { CliIo } from '../program/cli-io.ts';
import { COLORS } from './paint.ts';

const PAINTED = new RegExp(`(\u001b\\[(?:${COLORS.join('|')})m)`);

export function visibleIo(io: CliIo): CliIo {
  const painted = (text: string) =>
    io.color && text.includes('\u001b')
      ? text
          .split(PAINTED)
          .map((part, index) => (index % 2 === 1 ? part : visibleLines(part)))
          .join('')
      : visibleLines(text);
  return {
    outIsTerminal: io.outIsTerminal,
    inIsTerminal: io.inIsTerminal,
    columns: io.columns,
    color: io.color,
    unicode: io.unicode,
    out: (data) => io.out(typeof data === 'string' ? painted(data) : data),
    drained: () => io.drained(),
    err: (text) => io.err(painted(text)),
    ask: (question) => io.ask(visibleLines(question)),
    // Not read before a command wants it: reading it takes Ctrl-C over.
    get interrupted() {
      return io.interrupted;
    },
  };
}
