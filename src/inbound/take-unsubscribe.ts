/**
 * Takes a message to the unsubscribe address: unsubscribes, or drops it with a line in the log. The reply is 250 either way: a
 * bounce would go to somebody who is not its sender (backscatter), and nobody is to learn which tokens are good. 250 follows
 * the commit.
 */
import { replyToFailure } from '../intake/store-failure.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { suppressionKeyOf } from '../smtp/address-keys.ts';
import type { Reply } from '../smtp/reply.ts';
import { reply } from '../smtp/server/replies.ts';
import type { DataSink, SmtpPeer } from '../smtp/server/server-session.ts';
import type { StrangerLog } from '../smtp/server/stranger-log.ts';
import { addressHashesOf } from '../store/hashed-addresses.ts';
import type { UnsubscribeWriter } from '../store/unsubscribes.ts';
import { copyingSink, type CopyingLimits } from './copying-sink.ts';
import { readUnsubscribeMail } from './unsubscribe-mail.ts';

export interface UnsubscribeMailContext extends CopyingLimits {
  readonly box: Pick<SecretBox, 'openSame' | 'keyIds' | 'hmacs'>;
  readonly unsubscribes: Pick<UnsubscribeWriter, 'unsubscribe'>;
  readonly strangers: StrangerLog;
  readonly clock: Clock;
  readonly log: Log;
}

const TAKEN = reply(250, '2.0.0', 'Taken');

export function unsubscribeSink(
  from: { readonly peer: SmtpPeer; readonly fromNobody: boolean },
  context: UnsubscribeMailContext,
): DataSink {
  return copyingSink(context, (copy) => take(copy.view(), from, context));
}

/** Never rejects. */
async function take(
  bytes: Uint8Array,
  { peer, fromNobody }: { readonly peer: SmtpPeer; readonly fromNobody: boolean },
  context: UnsubscribeMailContext,
): Promise<Reply> {
  const { box, unsubscribes, strangers, clock, log } = context;
  const read = readUnsubscribeMail(bytes, { fromNobody, box });
  if (read.kind === 'nothing') {
    strangers.info('unsubscribe mail dropped', peer.address, { session: peer.id, why: read.why });
    return TAKEN;
  }
  const { messageId, accountId, stream, recipientNumber, recipient } = read.link;
  const address = suppressionKeyOf(recipient);
  try {
    const done = await unsubscribes.unsubscribe({
      ...{ accountId, stream, address, hashes: addressHashesOf(box)(address), messageId, recipientNumber },
      ...{ by: 'mail', atMs: clock.now() },
    });
    if (done === 'unsubscribed') log.info('unsubscribed', { message: messageId, stream, by: 'mail' });
    return TAKEN;
  } catch (error) {
    return replyToFailure(error, messageId, log);
  }
}
