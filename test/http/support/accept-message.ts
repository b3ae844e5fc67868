/** Messages and outcomes put into the store of a stage, as submission and delivery would. */
import { systemClock } from '../../../src/platform/clock.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { joinStore } from '../../support/join-store.ts';
import { claimAll, newMessage, settleAll, type MessageDraft } from '../../conformance/store/fixtures.ts';
import type { HttpStage } from './http-stage.ts';

/** Of the last id that was made here. */
let idMs = 0;

/** Resolves to the message's id. Its time is its own: ids of one millisecond have no order. */
export async function acceptMessage({ store, reader }: HttpStage, draft: MessageDraft = {}): Promise<string> {
  idMs = Math.max(systemClock.now(), idMs + 1);
  const id = makeId('msg_', idMs, systemRandom);
  const message = await newMessage(joinStore(reader, store), { id, ...draft });
  await store.spool.accept(message);
  return message.facts.id;
}

/** Everything that waits is delivered. */
export async function deliverAll({ store }: HttpStage): Promise<void> {
  const { claims } = await claimAll(store.spool);
  await settleAll(store.spool, claims);
}
