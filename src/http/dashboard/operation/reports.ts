/**
 * `operation/reports`: reports from outside that nobody vouches for. Every text in them is a stranger's. They are applied by relayctl
 * alone.
 */
import { z } from 'zod';
import { reportContentJson, reportJson } from '../../../api-json/report-json.ts';
import { classifyReport } from '../../../policy/classify-report.ts';
import type { BounceRules } from '../../../policy/bounce-rules.ts';
import type { UnverifiedReport } from '../../../store/reports.ts';
import type { StoreReads } from '../../../store/store.ts';
import { invalidField, notFound } from '../../api-error.ts';
import type { HttpApp } from '../../route-context.ts';
import { limitOf, listOf, MaybeTimestamp, pageOf, Timestamp } from '../../schemas.ts';
import { AccountName, accountNamed } from './account-filter.ts';
import type { OperationContext } from './operation-context.ts';

const REPORT = {
  id: z.string(),
  account: z.string(),
  received_at: Timestamp,
  kind: z.enum(['bounce', 'complaint', 'auto-reply', 'delivered', 'unreadable']),
  form: z.string().nullable(),
  recipient: z.string().nullable(),
  message_id: z.string().nullable().describe('The message that it names: a hint, not a proof'),
  client: z.string(),
  why: z.string().describe('Why it has no effect'),
  applied_at: MaybeTimestamp,
};

const ReportContent = z.object({
  ...REPORT,
  recipients: listOf(
    z.object({
      recipient: z.string().nullable(),
      original_recipient: z.string().nullable(),
      action: z.string(),
      status: z.string().nullable(),
      reply: z.string().nullable(),
      text: z.string(),
      remote_mta: z.string().nullable(),
      feedback_type: z.string().nullable(),
      class: z.string(),
      hard: z.boolean().describe('The address is bad for good, if the report is true'),
      meaning: z.string(),
      remedy: z.string(),
    }),
  ),
  recipients_left_out: z.number(),
  returned: z.object({
    message_id_field: z.string().nullable(),
    subject: z.string().nullable(),
    to: listOf(z.string()),
  }),
  headers: z.string(),
});

/** Of more accounts one has to be named: each is asked for itself. */
const MOST_ACCOUNTS = 1_000;
const MOST_RECIPIENTS = 100;

export function registerReportsRoutes(app: HttpApp, { reader, files }: OperationContext): void {
  app.route({
    method: 'GET',
    url: '/reports',
    config: { scope: 'messages:read', relayWide: true },
    schema: {
      operationId: 'listUnverifiedReports',
      querystring: z.strictObject({
        account: AccountName,
        after: z.string().max(64).optional(),
        limit: limitOf(200, 50),
      }),
      response: { 200: pageOf(z.object(REPORT)) },
    },
    async handler({ query: { account, after, limit } }) {
      const id = await accountNamed(account, reader);
      const page = await newestReports(
        id === undefined ? await accountIds(reader) : [id],
        after,
        limit,
        reader,
      );
      return { data: page.map(reportJson), next: page.length < limit ? null : (page.at(-1)?.id ?? null) };
    },
  });
  app.route({
    method: 'GET',
    url: '/reports/:id',
    config: { scope: 'messages:read', relayWide: true },
    schema: {
      operationId: 'readUnverifiedReport',
      params: z.object({ id: z.string().max(64) }),
      response: { 200: ReportContent },
    },
    async handler({ params: { id } }) {
      const kept = await reader.unverifiedReport(id);
      if (kept === undefined)
        throw notFound(`there is no unverified report ${id}, or it is not kept any more (retention.reports)`);
      return { ...reportJson(kept), ...contentOf(kept, files().bounceRules) };
    },
  });
}

async function accountIds(reader: Pick<StoreReads, 'listAccounts'>): Promise<readonly string[]> {
  const accounts = await reader.listAccounts();
  if (accounts.length > MOST_ACCOUNTS)
    throw invalidField('query.account', `there are more than ${MOST_ACCOUNTS} accounts: name one`);
  return accounts.map(({ id }) => id);
}

/** Ids are sorted by time. Not more than twice the page is held. */
async function newestReports(
  accounts: readonly string[],
  before: string | undefined,
  limit: number,
  reader: Pick<StoreReads, 'unverifiedReports'>,
): Promise<readonly UnverifiedReport[]> {
  let newest: readonly UnverifiedReport[] = [];
  for (const id of accounts)
    newest = [...newest, ...(await reader.unverifiedReports(id, before, limit))]
      .sort((one, other) => (one.id < other.id ? 1 : -1))
      .slice(0, limit);
  return newest;
}

function contentOf(kept: Parameters<typeof reportContentJson>[0], rules: BounceRules) {
  const reading = readingOf(kept);
  const { recipients, ...content } = reportContentJson(kept, reading);
  const { senders = [], recipients: parsed = [] } = reading ?? {};
  return {
    ...content,
    recipients: recipients.slice(0, MOST_RECIPIENTS).map(({ kind: _kind, ...one }, index) => {
      const facts = parsed[index];
      const found = facts && classifyReport(facts, rules, { recipients: [], senders });
      return {
        ...one,
        ...{ class: found?.class ?? '', hard: found?.hard ?? false },
        ...{ meaning: found?.meaning ?? '', remedy: found?.action ?? '' },
      };
    }),
    recipients_left_out: Math.max(0, recipients.length - MOST_RECIPIENTS),
  };
}

/** As the store has it: written by this relay from what it parsed. */
function readingOf({ reading }: Parameters<typeof reportContentJson>[0]) {
  return reading === undefined
    ? undefined
    : (JSON.parse(reading) as NonNullable<Parameters<typeof reportContentJson>[1]>);
}
