/** Stores that are broken on purpose, to see that the observers notice. */
import type { Spool } from '../../src/store/spool.ts';

/** The methods of a spool as an object of their own. */
export function whole(spool: Spool): Spool {
  return {
    putChunk: (upload, index, bytes) => spool.putChunk(upload, index, bytes),
    abandonUpload: (upload) => spool.abandonUpload(upload),
    accept: (message, mark) => spool.accept(message, mark),
    acceptAll: (messages, mark) => spool.acceptAll(messages, mark),
    openFeed: (limits, listener) => spool.openFeed(limits, listener),
    claim: (request) => spool.claim(request),
    claimOverdue: (nowMs, limit) => spool.claimOverdue(nowMs, limit),
    settle: (batch) => spool.settle(batch),
    blockDestinations: (blocks) => spool.blockDestinations(blocks),
  };
}
