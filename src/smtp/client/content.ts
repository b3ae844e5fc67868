/**
 * Content on its way out: dot-stuffed, a small message in one write with its final dot, a large one piece by piece as
 * fast as the remote reads. RFC 5321 §4.1.1.4, §4.5.3.2.5.
 */
import { DotStuffing } from './dot-stuffing.ts';
import type { OutboundTransaction } from './session.ts';
import type { SmtpWire } from './wire.ts';

/** Octets gathered before a write: what a small message needs, and what has to get through within `blockMs`. */
const PIECE_OCTETS = 64 * 1024;

/**
 * Sends the content and the final dot, whose reply is due from then on. False: the wire ended or the remote replied
 * before the final dot was written. Rejects as the content does; the wire is ended then, since only that keeps half a
 * message from being taken for a whole one.
 */
export async function sendContent(
  wire: SmtpWire,
  transaction: OutboundTransaction,
  blockMs: number,
): Promise<boolean> {
  wire.expectReply();
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
  // Less than a piece and the dot: the reply's own time limit is enough.
  wire.write(stuffing.take());
  return true;
}

/** False when there is no use in going on. */
async function flush(wire: SmtpWire, stuffing: DotStuffing, blockMs: number): Promise<boolean> {
  const octets = stuffing.take();
  for (let from = 0; from < octets.length; from += PIECE_OCTETS) {
    if (wire.ended !== undefined || wire.hasReply) return false;
    if (!wire.write(octets.subarray(from, from + PIECE_OCTETS))) await wire.drained(blockMs);
  }
  return wire.ended === undefined && !wire.hasReply;
}
