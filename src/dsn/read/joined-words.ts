/**
 * Joins what the notice for people says to what the fields for programs say of the same recipients. The fields lead;
 * the notice fills in what they lack: the reply where they only say 5.0.0, all lines of it where they have the first,
 * what it answered, where the address was forwarded from.
 */
import type { Reply } from '../../smtp/reply.ts';
import { sameAddress } from './addresses-in-text.ts';
import type { ReportedDelivery } from './delivery-status.ts';

export function joinWords(
  deliveries: readonly ReportedDelivery[],
  noticed: readonly ReportedDelivery[],
): ReportedDelivery[] {
  const byRecipient = new Map(noticed.map((one) => [one.recipient?.toLowerCase(), one]));
  return deliveries.map((delivery, index) => {
    const words =
      byRecipient.get(delivery.recipient?.toLowerCase()) ??
      byRecipient.get(delivery.originalRecipient?.toLowerCase()) ??
      (noticed.length === deliveries.length ? noticed[index] : undefined);
    return words === undefined ? delivery : joinOne(delivery, words);
  });
}

function joinOne(fields: ReportedDelivery, words: ReportedDelivery): ReportedDelivery {
  const reply = words.reply !== undefined && isPoor(fields, words.reply) ? words.reply : fields.reply;
  const better = reply !== fields.reply;
  const own = better ? reply?.status : undefined;
  const status = isVague(fields.status) ? words.status : undefined;
  const original = sameAddress(words.recipient, fields.recipient) ? words.originalRecipient : undefined;
  return {
    ...fields,
    reply,
    status: own ?? status ?? fields.status,
    text: better || fields.text.length < 4 ? words.text : fields.text,
    stage: fields.stage ?? words.stage,
    ownMailbox: fields.ownMailbox || words.ownMailbox,
    originalRecipient: fields.originalRecipient ?? original,
    remoteMta: fields.remoteMta ?? words.remoteMta,
  };
}

/** No reply, or only the beginning of the one that the notice quotes. */
function isPoor({ reply, cutShort }: ReportedDelivery, quoted: Reply): boolean {
  if (reply === undefined) return true;
  return cutShort === true && reply.code === quoted.code && quoted.text.length > reply.text.length;
}

function isVague(status: string | undefined): boolean {
  return status === undefined || /^\d\.0\.0$/.test(status);
}
