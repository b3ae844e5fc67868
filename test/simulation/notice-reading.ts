/** What a DSN says, read from its octets as a mail program would: which message, which recipients. RFC 3464. */
import type { NewMessage } from '../../src/store/records.ts';

/** `msg_... recipient` of every recipient that the notices report as failed. */
export function noticedRecipients(notices: readonly NewMessage[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { content } of notices) {
    if (content.kind !== 'whole') continue;
    const text = Buffer.from(content.bytes).toString('utf8');
    const about = [...text.matchAll(/^X-Relay-Message-Id: (msg_\w+)/gm)].map((match) => match[1] ?? '');
    for (const [, recipient = ''] of text.matchAll(/^Final-Recipient: *[\w-]+; *(\S+)/gm))
      for (const id of about) found.add(`${id} ${recipient}`);
  }
  return found;
}
