/**
 * Templates over SMTP: replaces the client's body, the fields that describe it, and the subject if the template has
 * one. Addresses and all other fields are kept.
 */
import { composeBody } from '../compose/compose-message.ts';
import { replyToFailure } from './store-failure.ts';
import { MAX_SUBJECT_CHARACTERS, type HeaderProblem, type PreparedHeader } from '../message/fix-ups.ts';
import { asBuffer, parseHeaderSection } from '../message/header-section.ts';
import { summarize } from '../message/encoded-words.ts';
import type { Log } from '../platform/log.ts';
import type { Rendered } from '../template/template.ts';
import { isRendered, type MessageTemplates } from './message-templates.ts';

/** The message with the template of its control fields, or the refusal. `messageId`: the `msg_` id. Never rejects. */
export async function fillTemplate(
  prepared: PreparedHeader,
  accountId: string,
  messageId: string,
  { templates, log }: { readonly templates: MessageTemplates; readonly log: Log },
): Promise<PreparedHeader | HeaderProblem> {
  const { template, variables } = prepared.control;
  if (template === undefined) return prepared;
  try {
    const rendered = await templates.render(accountId, template, variables);
    if (isRendered(rendered)) return applyTemplate(prepared, rendered, messageId);
    return { problem: { code: 554, status: '5.6.0', text: `X-Relay-Template: ${rendered.refusal}` } };
  } catch (error) {
    const { code, status = '4.3.0', text } = replyToFailure(error, messageId, log);
    return { problem: { code, status, text } };
  }
}

/** Boundaries are made from `messageId`. */
function applyTemplate(prepared: PreparedHeader, rendered: Rendered, messageId: string): PreparedHeader {
  const { fields, body } = composeBody(rendered, messageId);
  const buffer = asBuffer(prepared.bytes);
  const section = parseHeaderSection(buffer);
  const kept = section.fields
    .filter(({ name }) => !isReplaced(name, rendered))
    .map(({ start, end }) => buffer.subarray(start, end));
  const subject =
    rendered.subject === undefined ? prepared.subject : summarize(rendered.subject, MAX_SUBJECT_CHARACTERS);
  return { ...prepared, bytes: Buffer.concat([...kept, Buffer.from(`${fields}\r\n`)]), subject, body };
}

function isReplaced(name: string, { subject }: Rendered): boolean {
  return (
    name.startsWith('content-') || name === 'mime-version' || (name === 'subject' && subject !== undefined)
  );
}
