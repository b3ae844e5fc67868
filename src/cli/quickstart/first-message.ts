/** The test message: handed to relayd, and followed until it is settled. What keeps it from being sent is said, not thrown. */
import { isFinal } from '../../policy/delivery-state.ts';
import { isMailbox, parseMailbox } from '../../smtp/address.ts';
import type { MessageView } from '../../store/views.ts';
import { handInMessage, waitUntilSettled } from '../follow-message.ts';
import { CliFailure } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { Answers } from './answers.ts';

export type FirstMessage =
  | {
      readonly kind: 'sent';
      readonly message: MessageView;
      readonly settled: boolean;
      readonly delivered: boolean;
    }
  /** `why`: for whoever reads; it can be sent later. */
  | { readonly kind: 'not-sent'; readonly why: string };

const WAIT_MS = 60_000;

export async function sendFirstMessage(
  context: CommandContext,
  { from, to, domain, hostname }: Answers & { readonly to: string },
): Promise<FirstMessage> {
  const sender = parseMailbox(from);
  try {
    const { id } = await handInMessage(context, isMailbox(sender) ? sender.domain : domain, {
      from,
      to: [to],
      subject: `The first message of ${domain}`,
      text: `This message was sent by relayctl quickstart ${domain} through ${hostname}.\n\nIts header says how it was received: look for dkim=pass and spf=pass in Authentication-Results.`,
    });
    const message = await waitUntilSettled(context, id, WAIT_MS);
    const states = message.deliveries.map(({ state }) => state);
    return {
      kind: 'sent',
      message,
      settled: states.every(isFinal),
      delivered: states.every((state) => state === 'delivered'),
    };
  } catch (error) {
    if (error instanceof CliFailure) return { kind: 'not-sent', why: error.message };
    throw error;
  }
}
