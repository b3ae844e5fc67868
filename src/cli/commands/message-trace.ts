/** `relayctl message trace`: every hop of one message, with what it means and what to do. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findMessage } from '../input/lookup.ts';
import { eventJson } from '../../api-json/event-json.ts';
import { messageJson } from '../../api-json/message-json.ts';
import { failureWords, waitingRemarks } from '../trace/delivery-words.ts';
import { renderTrace } from '../trace/render-trace.ts';
import { gatherTraceFacts } from '../trace/trace-facts.ts';

export const messageTrace: CommandSpec = {
  path: 'message trace',
  summary: 'Trace a message: submission, every attempt, its meaning and the remedy',
  arguments: '<id>',
  details: 'Times are in UTC. An id of a delivery (dlv_...) shows the message that it belongs to.',
  examples: [
    { type: 'message trace msg_01k9q3...', does: 'the whole path of a message' },
    { type: 'message list --recipient alice@example.org', does: 'find the id by recipient' },
    { type: 'message trace msg_01k9q3... --json', does: 'the same facts, with events, for a script' },
  ],
  run: traceMessage,
};

async function traceMessage(context: CommandContext, input: CommandInput): Promise<void> {
  const message = await findMessage(context, input.arguments[0] ?? '');
  const facts = await gatherTraceFacts(context, message);
  if (!context.global.json) {
    context.print(renderTrace(facts, { paint: context.paint, columns: context.io.columns }));
    return;
  }
  context.printJson({
    ...messageJson(message),
    received: facts.received ?? null,
    explanations: message.deliveries.map((delivery) => {
      const explanation = failureWords(delivery, facts);
      return {
        delivery_id: delivery.id,
        meaning: explanation?.meaning ?? null,
        action: explanation?.action ?? null,
        waiting: waitingRemarks(delivery, facts).map(({ label, text }) => `${label}: ${text}`),
      };
    }),
    events: facts.events.map(eventJson),
  });
}
