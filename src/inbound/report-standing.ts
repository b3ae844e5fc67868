/**
 * The scope of a report: what it may change. For a delivery report: the recipients at the message and destination
 * named by the return-path token. For a feedback report: the message of the returned X-Relay-Report-Token, if the
 * source is verified and the report's address belongs to the message's account (by its token, or by the domain's
 * holder). Claims of the report itself (a Message-ID, X-Relay-Message-Id) change nothing: everyone who saw a message
 * knows them.
 */
import type { Report } from '../dsn/read/report.ts';
import { readReportToken } from '../dsn/report-token.ts';
import { isOfAge, isOfDestination } from '../dsn/return-path-token.ts';
import type { AcceptedHashes } from '../platform/keyed-hash.ts';
import type { ReportedDelivery, ReportedMessage, ReportReader } from '../store/reports.ts';
import type { ReportAddress } from './accepted-recipients.ts';
import type { SourceVerdict } from './feedback-source.ts';

/** The scope of a verified report. */
export interface ReportScope {
  readonly message: ReportedMessage;
  /** The deliveries that it may be about. */
  readonly within: readonly ReportedDelivery[];
  /** The verified source of a feedback report. */
  readonly source: string | undefined;
  /**
   * Whether the To of the returned copy may identify the recipient when the report names nobody that the message went
   * to. Not for complaints: a recipient may have forwarded the message to another mailbox and complained there.
   */
  readonly copyTells: boolean;
}

export type Standing =
  | { readonly kind: 'known'; readonly scope: ReportScope }
  /** To be kept for that account; `undefined`: the relay's own. */
  | { readonly kind: 'unverified'; readonly why: string; readonly accountId: string | undefined }
  /** Its message was removed by retention: nothing can be changed. */
  | { readonly kind: 'gone'; readonly messageId: string }
  /** Its source cannot be verified now. */
  | { readonly kind: 'not-now' };

export interface StandingContext {
  readonly messages: ReportReader;
  /** Keyed, for tokens. */
  readonly hashes: AcceptedHashes;
  readonly nowMs: number;
}

/** `findSource` is called last, because it may query DNS. */
export async function standingOf(
  report: Report,
  address: ReportAddress,
  findSource: () => Promise<SourceVerdict>,
  context: StandingContext,
): Promise<Standing> {
  const { token } = address;
  const message = token && (await context.messages.reportedMessage(token.messageId));
  if (token !== undefined && message === undefined) return { kind: 'gone', messageId: token.messageId };
  const accountId = message === undefined ? address.accountId : message.facts.accountId;
  const isComplaint = report.recipients.some(({ kind }) => kind === 'complaint');
  const found = isComplaint
    ? await ofComplaint(report, accountId, findSource, context)
    : ofDeliveryReport(message, token?.destination, context);
  return typeof found === 'string' ? { kind: 'unverified', why: found, accountId } : found;
}

/** The account of the address: that of the token's message while it is kept. */
export async function accountOf(
  { token, accountId }: ReportAddress,
  messages: ReportReader,
): Promise<string | undefined> {
  const message = token && (await messages.reportedMessage(token.messageId));
  return message === undefined ? accountId : message.facts.accountId;
}

/** A string is the reason why it is unverified. */
function ofDeliveryReport(
  message: ReportedMessage | undefined,
  tag: string | undefined,
  { hashes }: StandingContext,
): Standing | string {
  if (message === undefined) return 'it came without a return-path token';
  const within = deliveriesOf(message, tag, hashes);
  if (within.length === 0)
    return 'its token is of an early form and does not say which of several destinations it is of';
  return { kind: 'known', scope: { message, within, source: undefined, copyTells: true } };
}

/** An early token (dsn/return-path-token.ts) names no destination: it counts when the message has only one. */
function deliveriesOf(
  { facts, deliveries }: ReportedMessage,
  tag: string | undefined,
  hashes: AcceptedHashes,
): readonly ReportedDelivery[] {
  const destinations = [...new Set(deliveries.map(({ destination }) => destination))];
  const named =
    tag === undefined
      ? destinations.filter(() => destinations.length === 1)
      : destinations.filter((destination) => isOfDestination(tag, facts.id, destination, hashes));
  return deliveries.filter(({ destination }) => named.includes(destination));
}

async function ofComplaint(
  report: Report,
  accountId: string | undefined,
  findSource: () => Promise<SourceVerdict>,
  { messages, hashes, nowMs }: StandingContext,
): Promise<Standing | string> {
  if (!FEEDBACK_FORMS.has(report.form)) return 'it is not in the form of a feedback report';
  const token = report.returned?.reportToken;
  if (token === undefined)
    return 'the message that it sends back has no X-Relay-Report-Token, or more than one';
  const messageId = readReportToken(token, hashes);
  if (messageId === undefined) return 'the X-Relay-Report-Token was not made here';
  if (!isOfAge(messageId, nowMs)) return 'the message that it is about is too long ago';
  const message = await messages.reportedMessage(messageId);
  if (message === undefined) return { kind: 'gone', messageId };
  if (message.facts.accountId !== accountId) return ANOTHER_ACCOUNT;
  const source = await findSource();
  if (source.kind === 'not-now') return source;
  if (source.kind === 'unknown') return source.why;
  return {
    kind: 'known',
    scope: { message, within: message.deliveries, source: source.name, copyTells: false },
  };
}

/** Forms with separate parts: in plain text, the report cannot be distinguished from the returned message. */
const FEEDBACK_FORMS: ReadonlySet<string> = new Set(['rfc5965', 'jmrp']);
const ANOTHER_ACCOUNT = 'it is not about mail of the account whose address it came to';
