/**
 * What a report may change, if anything. A delivery report: the recipients of the message and destination that the
 * return-path token names. A feedback report: the message whose X-Relay-Report-Token it sends back, when it is from a
 * source that is known, and the address that it came to belongs to the message's account: that of a token to the account
 * whose message it is of, any other to who holds the domain. What the report says of itself (a Message-ID, X-Relay-Message-Id) changes nothing: whoever saw a message knows those.
 */
import type { Report } from '../dsn/read/report.ts';
import { readReportToken } from '../dsn/report-token.ts';
import { destinationTag, isOfAge, type TokenHash } from '../dsn/return-path-token.ts';
import type { ReportedDelivery, ReportedMessage, ReportReader } from '../store/reports.ts';
import type { ReportAddress } from './accepted-recipients.ts';
import type { SourceVerdict } from './feedback-source.ts';

/** What a report may change. */
export interface ReportScope {
  readonly message: ReportedMessage;
  /** Of its deliveries, those that it may be about. */
  readonly within: readonly ReportedDelivery[];
  /** Of feedback reports: who vouches for it. */
  readonly source: string | undefined;
  /**
   * Whether the To of the copy that it sends back may say who it is about, where the report names nobody that the message
   * went to. Not of a complaint: a recipient may have sent the message on, to a mailbox of theirs, and complained there.
   */
  readonly copyTells: boolean;
}

export type Standing =
  | { readonly kind: 'known'; readonly scope: ReportScope }
  /** To be kept for that account; `undefined`: the relay's own. */
  | { readonly kind: 'unverified'; readonly why: string; readonly accountId: string | undefined }
  /** Its message is not kept any more: nothing is left to change. */
  | { readonly kind: 'gone'; readonly messageId: string }
  /** Its source cannot be verified now. */
  | { readonly kind: 'not-now' };

export interface StandingContext {
  readonly messages: ReportReader;
  /** Keyed, for tokens. */
  readonly hash: TokenHash;
  readonly nowMs: number;
}

/** `findSource` is asked last, since it may ask DNS. */
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

/** Whose reports come to that address: of a token, the account whose message it names, as long as that is kept. */
export async function accountOf(
  { token, accountId }: ReportAddress,
  messages: ReportReader,
): Promise<string | undefined> {
  const message = token && (await messages.reportedMessage(token.messageId));
  return message === undefined ? accountId : message.facts.accountId;
}

/** A text says why it is not verified. */
function ofDeliveryReport(
  message: ReportedMessage | undefined,
  tag: string | undefined,
  { hash }: StandingContext,
): Standing | string {
  if (message === undefined) return 'it came without a return-path token';
  const within = deliveriesOf(message, tag, hash);
  if (within.length === 0)
    return 'its token is of an early form and does not say which of several destinations it is of';
  return { kind: 'known', scope: { message, within, source: undefined, copyTells: true } };
}

/** An early token (dsn/return-path-token.ts) names no destination: it counts where the message went to one only. */
function deliveriesOf(
  { facts, deliveries }: ReportedMessage,
  tag: string | undefined,
  hash: TokenHash,
): readonly ReportedDelivery[] {
  const destinations = [...new Set(deliveries.map(({ destination }) => destination))];
  const named =
    tag === undefined
      ? destinations.filter(() => destinations.length === 1)
      : destinations.filter((destination) => destinationTag(facts.id, destination, hash) === tag);
  return deliveries.filter(({ destination }) => named.includes(destination));
}

async function ofComplaint(
  report: Report,
  accountId: string | undefined,
  findSource: () => Promise<SourceVerdict>,
  { messages, hash, nowMs }: StandingContext,
): Promise<Standing | string> {
  if (!FEEDBACK_FORMS.has(report.form)) return 'it is not in the form of a feedback report';
  const token = report.returned?.reportToken;
  if (token === undefined)
    return 'the message that it sends back has no X-Relay-Report-Token, or more than one';
  const messageId = readReportToken(token, hash);
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

/** Those whose parts can be told apart: what stands in a text may stand in the message that is complained of. */
const FEEDBACK_FORMS: ReadonlySet<string> = new Set(['rfc5965', 'jmrp']);
const ANOTHER_ACCOUNT = 'it is not about mail of the account whose address it came to';
