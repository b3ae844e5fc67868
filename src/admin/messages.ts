/**
 * Changes to accepted messages: reschedule and cancel. A key may change messages that it submitted; other messages of
 * the account need the scope `admin`.
 */
import { isFinal } from '../policy/delivery-state.ts';
import type { MessageView } from '../store/views.ts';
import type { With } from './admin-context.ts';
import { hasScope } from './credentials/scopes.ts';
import type { AdminRefusal } from './refusal.ts';

type Context = With<'reader' | 'queue' | 'clock' | 'holder'>;

/** Another time for one that is scheduled; what is past is now. Durable when it resolves to the message as it is now. */
export async function rescheduleMessage(
  { facts }: MessageView,
  sendAtMs: number,
  context: Context,
): Promise<MessageView | AdminRefusal> {
  const { queue, clock, actor } = context;
  const foreign = notOwn(facts, context);
  if (foreign !== undefined) return foreign;
  const changed = await queue.reschedule(facts.accountId, facts.id, sendAtMs, clock.now(), actor);
  return await outcome(facts.id, changed, 'is not scheduled any more', context);
}

/** What has not been sent of it is not sent. Durable when it resolves to the message as it is now. */
export async function cancelMessage(
  { facts }: MessageView,
  context: Context,
): Promise<MessageView | AdminRefusal> {
  const { queue, clock, actor } = context;
  const foreign = notOwn(facts, context);
  if (foreign !== undefined) return foreign;
  const selection = { accountId: facts.accountId, id: facts.id, destination: undefined };
  // Of what is in progress the answer would not say what becomes of it.
  const changed = await queue.cancel(selection, clock.now(), actor, true);
  return await outcome(facts.id, changed, 'cannot be cancelled any more', context);
}

/** Messages of other credentials are not found, like missing ones. */
function notOwn(
  { id, credentialId }: MessageView['facts'],
  { holder }: Pick<Context, 'holder'>,
): AdminRefusal | undefined {
  if (holder === undefined || credentialId === holder.id || hasScope(holder, 'admin')) return undefined;
  return noMessage(id);
}

function noMessage(id: string): AdminRefusal {
  return { refused: 'not-found', field: undefined, problem: `there is no message ${id}` };
}

/** Without attempts. */
async function outcome(
  id: string,
  changed: number,
  what: string,
  { reader }: Context,
): Promise<MessageView | AdminRefusal> {
  const message = await reader.messageById(id);
  if (message === undefined) return noMessage(id);
  const deliveries = message.deliveries.map((delivery) => ({ ...delivery, history: undefined }));
  if (changed > 0) return { ...message, deliveries };
  const states = [...new Set(deliveries.map(({ state, claimed }) => (claimed ? 'in progress' : state)))];
  const over = deliveries.every(({ state }) => isFinal(state));
  const problem = `${id} ${what}: ${over ? 'its deliveries are' : 'deliveries are'} ${states.join(', ')}`;
  return { refused: 'too-late', field: undefined, problem };
}
