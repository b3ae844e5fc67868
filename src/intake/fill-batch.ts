/** What is asked of the messages of a batch before they are composed, for several of them at once; and their templates. */
import type { Composition } from '../compose/composition.ts';
import { reply } from '../smtp/server/replies.ts';
import type { Acceptance } from './acceptance.ts';
import { fillComposition, refuseNullMx, refuseRate, refuseRecipients } from './api-submission.ts';
import type { ApiClient, ApiSubmission } from './receive-composed.ts';
import type { Refusal } from './submitted-message.ts';

/** Total content of the batch in memory; a message larger than a chunk is in the store already. */
export const MAX_CONTENT_BYTES = 64 * 1024 * 1024;
export const TOO_MUCH_TOGETHER: Refusal = {
  because: 'content',
  reply: reply(
    552,
    '5.3.4',
    `The messages of one request have more than ${MAX_CONTENT_BYTES} octets together: send the rest in another`,
  ),
};
/** Recipient domains looked up for a null MX, concurrently; delivery finds the rest. */
const MAX_DOMAINS_ASKED = 100;
/** Concurrently, so that a batch to many unknown domains waits once. Returns the domains looked up. */
export async function askDomains(
  submissions: readonly (ApiSubmission | undefined)[],
  { nullMx }: Acceptance,
): Promise<ReadonlySet<string>> {
  const domains = new Set<string>();
  if (nullMx === undefined) return domains;
  for (const submission of submissions) {
    for (const { mailbox } of submission?.recipients ?? []) {
      if (domains.size === MAX_DOMAINS_ASKED) break;
      domains.add(mailbox.domain);
    }
  }
  await Promise.all([...domains].map(async (domain) => await nullMx.refuses(domain)));
  return domains;
}

export type Filled = Composition | Refusal;

/** The refusal of each, or its parts with the rendered template. `context` `undefined`: no more content is accepted. */
export async function fillTogether(
  submissions: readonly (ApiSubmission | undefined)[],
  context:
    | { readonly client: ApiClient; readonly acceptance: Acceptance; readonly asked: ReadonlySet<string> }
    | undefined,
): Promise<readonly (Filled | undefined)[]> {
  const filling: Promise<Filled | undefined>[] = [];
  for (const submission of submissions) {
    if (submission === undefined || context === undefined)
      filling.push(Promise.resolve(submission && TOO_MUCH_TOGETHER));
    else {
      const { client, acceptance, asked } = context;
      const { credential } = client;
      const refusal =
        (await refuseRate(credential, acceptance)) ??
        (await refuseRecipients(submission, credential, acceptance)) ??
        (await refuseNullMx(
          submission.recipients.filter(({ mailbox }) => asked.has(mailbox.domain)),
          acceptance,
        ));
      filling.push(Promise.resolve(refusal ?? fillComposition(submission, credential, acceptance)));
    }
  }
  return await Promise.all(filling);
}
