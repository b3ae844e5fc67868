/** `relayctl message raw`: the stored content, octet for octet, without what delivery adds (DKIM). */
import { notFound } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findMessage } from '../input/lookup.ts';

export const messageRaw: CommandSpec = {
  path: 'message raw',
  summary: 'Write the content of a message, octet for octet',
  arguments: '<id>',
  details:
    'As stored, with CRLF line ends. Without DKIM signatures, which are added at delivery. ' +
    'With --json the content is in base64.',
  examples: [
    { type: 'message raw msg_01k9q3... > message.eml', does: 'save it' },
    { type: 'message raw msg_01k9q3... | less', does: 'look at it' },
  ],
  run: writeRaw,
};

async function writeRaw(context: CommandContext, input: CommandInput): Promise<void> {
  const { reader } = context;
  const { facts } = await findMessage(context, input.arguments[0] ?? '');
  const contentId = await reader.contentIdOf(facts.id);
  const count = contentId === undefined ? 0 : await reader.chunkCount(contentId);
  if (contentId === undefined || count === 0)
    throw notFound(
      `the content of ${facts.id} has been removed`,
      'it is kept for retention.content after the last delivery is settled',
    );
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const chunk = await reader.readChunk(contentId, index);
    if (context.global.json) chunks.push(chunk);
    else {
      context.io.out(chunk);
      await context.io.drained();
    }
  }
  if (!context.global.json) return;
  const content = Buffer.concat(chunks);
  context.printJson({ id: facts.id, size_bytes: content.length, content_base64: content.toString('base64') });
}
