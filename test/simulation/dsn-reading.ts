/** What a DSN says, read from its octets as a mail program would: which message, which recipients, what of them. RFC 3464. */
import type { NewMessage } from '../../src/store/message-records.ts';

export type Action = 'failed' | 'delayed' | 'relayed';

/** One recipient that a notice speaks of. */
export interface ReadDsn {
  /** `msg_` id. */
  readonly messageId: string;
  readonly recipient: string;
  readonly action: Action;
}

export function readDsns(dsns: readonly NewMessage[]): readonly ReadDsn[] {
  const found: ReadDsn[] = [];
  for (const { content } of dsns) {
    if (content.kind !== 'whole') continue;
    const text = Buffer.from(content.bytes).toString('utf8');
    const messageId = /^X-Relay-Message-Id: (msg_\w+)/m.exec(text)?.[1] ?? '';
    for (const [, recipient = '', action] of text.matchAll(RECIPIENT))
      found.push({ messageId, recipient, action: action as Action });
  }
  return found;
}

const RECIPIENT = /^Final-Recipient: *[\w-]+; *(\S+)\r\nAction: *(\w+)/gm;
