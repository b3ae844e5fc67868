/**
 * Header fields that each recipient of a message gets for themselves: List-Unsubscribe with a link of their own
 * (links/list-unsubscribe.ts). Such a message goes out one recipient a transaction, signed each time.
 *
 * Promises: the same message, recipient and settings give the same octets at each attempt. A link leads where this relay
 * answers: without an address for browsers there is none, and the address by mail is named only where the domain's
 * MX record of the return-path host is found, since mail to it would come back otherwise.
 */
import { makeLinkToken } from '../../links/link-token.ts';
import { listUnsubscribeFields } from '../../links/list-unsubscribe.ts';
import type { SecretBox } from '../../platform/secret-box.ts';
import type { ClaimedDelivery } from '../../store/delivery-records.ts';
import type { DirectoryReader } from '../../store/directory.ts';
import type { MessageFacts } from '../../store/message-records.ts';
import { parseDeliveryId } from '../../store/public-ids.ts';

export interface RecipientFields {
  /** Asked once for as long as the message is in hand. */
  isWanted(facts: MessageFacts): boolean;
  /** With their line ends; empty: there are none. Rejects with StoreError. */
  fieldsFor(facts: MessageFacts, delivery: Pick<ClaimedDelivery, 'id' | 'recipient'>): Promise<string>;
}

export const NO_RECIPIENT_FIELDS: RecipientFields = {
  isWanted: () => false,
  fieldsFor: () => Promise.resolve(''),
};

export interface RecipientFieldsOptions {
  readonly box: Pick<SecretBox, 'sealSame'>;
  readonly directory: Pick<DirectoryReader, 'findDomain'>;
  /** https address that links begin with; `undefined`: none leads here. Live. */
  readonly linksTo: () => string | undefined;
  /** Whether mail to return-path hosts is taken here. */
  readonly takesMail: () => boolean;
}

export function createRecipientFields(options: RecipientFieldsOptions): RecipientFields {
  const { box, directory, linksTo, takesMail } = options;

  const mailDomainOf = async ({ accountId, signingDomain }: MessageFacts): Promise<string | undefined> => {
    if (!takesMail()) return undefined;
    const domain = await directory.findDomain(accountId, signingDomain);
    return domain?.recordStatus['return-path-mx'] === 'ok' ? signingDomain : undefined;
  };

  return {
    isWanted: ({ oneClick }) => oneClick === true && (linksTo() !== undefined || takesMail()),
    async fieldsFor(facts, { id, recipient }) {
      const recipientNumber = parseDeliveryId(id)?.number ?? 0;
      const { id: messageId, accountId, stream } = facts;
      const link = {
        purpose: 'unsubscribe',
        messageId,
        accountId,
        stream,
        recipientNumber,
        recipient,
      } as const;
      const token = makeLinkToken(link, box);
      if (token === undefined) return '';
      return listUnsubscribeFields(token, { publicUrl: linksTo(), mailDomain: await mailDomainOf(facts) });
    },
  };
}
