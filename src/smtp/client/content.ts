/**
 * Sends content: dot-stuffed, a small message in one write with its final dot, a large one in pieces as fast as the
 * remote reads. RFC 5321 §4.1.1.4, §4.5.3.2.5.
 */
import { DotStuffing } from './dot-stuffing.ts';
import type { LocalObstacle, OutboundTransaction } from './session.ts';
import type { SmtpWire } from './wire.ts';

/** Octets collected for one write: a small message, and what must be read within `blockMs`. */
const PIECE_OCTETS = 64 * 1024;

/**
 * Sends the content and the final dot, whose reply is due afterwards. False: the wire ended or the remote replied
 * before the final dot was written. An obstacle: the final dot may not be sent, and the wire is destroyed. Rejects when the content does, after ending the wire: otherwise the remote could
 * accept half a message.
 */
export async function sendContent(
  wire: SmtpWire,
  transaction: OutboundTransaction,
  blockMs: number,
): Promise<boolean | LocalObstacle> {
  wire.expectReply('the end of data');
  const stuffing = new DotStuffing();
  try {
    const content = transaction.content();
    if (Symbol.iterator in content) {
      for (const chunk of content) {
        stuffing.push(chunk);
        if (stuffing.gatheredOctets >= PIECE_OCTETS && !(await flush(wire, stuffing, blockMs))) return false;
      }
    } else {
      for await (const chunk of content) {
        stuffing.push(chunk);
        if (stuffing.gatheredOctets >= PIECE_OCTETS && !(await flush(wire, stuffing, blockMs))) return false;
      }
    }
  } catch (error) {
    wire.destroy('the content could not be read');
    throw error;
  }
  stuffing.end();
  if (wire.ended !== undefined || wire.hasReply) return false;
  const obstacle = transaction.mayEnd?.();
  if (obstacle !== undefined) {
    wire.destroy(obstacle.text);
    return obstacle;
  }
  // Less than a piece and the dot: the time limit of the reply is enough.
  wire.write(stuffing.take());
  return true;
}

/** False when sending more is useless. */
async function flush(wire: SmtpWire, stuffing: DotStuffing, blockMs: number): Promise<boolean> {
  const octets = stuffing.take();
  for (let from = 0; from < octets.length; from += PIECE_OCTETS) {
    if (wire.ended !== undefined || wire.hasReply) return false;
    if (!wire.write(octets.subarray(from, from + PIECE_OCTETS))) await wire.drained(blockMs);
  }
  return wire.ended === undefined && !wire.hasReply;
}
