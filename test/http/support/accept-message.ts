/** Messages and outcomes put into the store of a stage, as submission and delivery would. */
import { joinStore } from '../../support/join-store.ts';
import { claimAll, newMessage, settleAll, type MessageDraft } from '../../conformance/store/fixtures.ts';
import type { HttpStage } from './http-stage.ts';

/** Resolves to the message's id. */
export async function acceptMessage({ store, reader }: HttpStage, draft: MessageDraft = {}): Promise<string> {
  const message = await newMessage(joinStore(reader, store), draft);
  await store.spool.accept(message);
  return message.facts.id;
}

/** Everything that waits is delivered. */
export async function deliverAll({ store }: HttpStage): Promise<void> {
  const { claims } = await claimAll(store.spool);
  await settleAll(store.spool, claims);
}
