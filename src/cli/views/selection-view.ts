/** What a selection means, in words: for a question, and as a count of what there is. */
import type { Counted, SelectionPreview } from '../../admin/queue-preview.ts';
import { queuedJson } from '../../api-json/message-json.ts';
import { visible } from '../../platform/visible-text.ts';
import type { DeliverySelection } from '../../store/queue-admin.ts';
import { counted, relative, span, timestamp } from '../output/time-words.ts';

/** `everything that waits to example.org from *@shop.example, older than 2 h` */
export function selectionWords(
  selection: DeliverySelection,
  accountName: string | undefined,
  nowMs: number,
): string {
  const { id, destination, stream, sender, recipient, subject, state } = selection;
  const { acceptedBeforeMs, acceptedAfterMs } = selection;
  const part = (words: string, value: string | undefined) =>
    value === undefined ? '' : ` ${words} ${visible(value)}`;
  const age = (words: string, atMs: number | undefined) =>
    atMs === undefined ? '' : `, ${words} ${span(nowMs - atMs)}`;
  return [
    id ?? (state === undefined ? 'everything that waits' : `everything that is ${state}`),
    part('to', destination),
    part('to', recipient),
    part('from', sender),
    part('with the subject', subject),
    part('in stream', stream),
    part('of account', id === undefined ? accountName : undefined),
    age('older than', acceptedBeforeMs),
    age('younger than', acceptedAfterMs),
  ].join('');
}

export function renderPreview(preview: SelectionPreview, nowMs: number): string {
  const { deliveries, messages, claimed, oldestAtMs, destinations, accounts, sample } = preview;
  if (deliveries === 0) return 'That means nothing that waits.';
  const inHand = claimed === 0 ? '' : `, ${claimed} of them in progress`;
  const oldest = oldestAtMs === undefined ? '' : `; the oldest was accepted ${relative(oldestAtMs, nowMs)}`;
  const lines = [
    `${counted(deliveries, 'delivery', 'deliveries')} of ${counted(messages, 'message')}${inHand}${oldest}`,
    `  to ${largestWords(destinations, preview.otherDestinations)}`,
    `  of ${largestWords(accounts, preview.otherAccounts)}`,
    ...sample.flatMap((message) =>
      message.deliveries.map(
        ({ id, recipient }) => `  ${id} to ${recipient}: ${message.facts.subject ?? '(no subject)'}`,
      ),
    ),
  ];
  const shown = sample.reduce((sum, message) => sum + message.deliveries.length, 0);
  if (shown < deliveries) lines.push(`  and ${deliveries - shown} more`);
  return lines.map((line) => visible(line)).join('\n');
}

/** The keys are part of the contract. */
export function previewJson(preview: SelectionPreview, nowMs: number): object {
  const { deliveries, messages, claimed, oldestAtMs, destinations, accounts, sample } = preview;
  return {
    dry_run: true,
    deliveries,
    messages,
    in_progress: claimed,
    oldest_at: timestamp(oldestAtMs),
    destinations: destinations.map(({ name, deliveries: count }) => ({
      destination: name,
      deliveries: count,
    })),
    accounts: accounts.map(({ name, deliveries: count }) => ({ account: name, deliveries: count })),
    sample: sample.flatMap((message) =>
      message.deliveries.map((delivery) => queuedJson(message, delivery, nowMs)),
    ),
  };
}

/** `gmail.com (812), gmx.de (40) and 3 others` */
function largestWords(largest: readonly Counted[], others: number): string {
  const words = largest.map(({ name, deliveries }) => `${name} (${deliveries})`).join(', ');
  return others === 0 ? words : `${words} and ${counted(others, 'other')}`;
}
