/**
 * The source of a feedback report: a network named by the operator, or a listed provider (policy/feedback-sources.ts)
 * verified by DKIM or SPF. DNS is queried only for domains of the provider that the mail claims to be from, so a
 * stranger cannot choose the names.
 *
 * A signature counts when it covers the single From field and, so that nobody reuses it with another report's body,
 * either Content-Type or a To with the address it arrived at; never with `l=`. RFC 6376 §8.2, §8.15.
 */
import type { Config, RuleFiles } from '../config/config.ts';
import { matchingPrefix } from '../platform/network/cidr.ts';
import { verifyMessage } from '../dkim/verify.ts';
import type { Resolver } from '../dns/resolver.ts';
import { checkSpf } from '../dns/spf.ts';
import { addressesIn } from '../dsn/read/addresses-in-text.ts';
import { parseHeaderFrom } from '../message/header-from.ts';
import {
  asBuffer,
  fieldText,
  fieldValue,
  parseHeaderSection,
  type HeaderField,
} from '../message/header-section.ts';
import { sourcesWritingAs, type FeedbackSource, type FeedbackSources } from '../policy/feedback-sources.ts';
import type { CopyExtent } from './report-copy.ts';
import { formatMailbox, type Mailbox } from '../smtp/address.ts';

export interface FeedbackMail {
  readonly bytes: Uint8Array;
  readonly extent: CopyExtent;
  readonly clientAddress: string;
  readonly helo: string;
  readonly reversePath: Mailbox | undefined;
  /** Its recipients, in lower case. */
  readonly recipients: readonly string[];
}

export interface SourceContext {
  /** Live, like `files`. */
  readonly config: Config;
  readonly files: Pick<RuleFiles, 'feedbackSources'>;
  readonly resolver: Resolver;
}

export type SourceVerdict =
  /** `name`: the provider or the network. */
  | { readonly kind: 'known'; readonly name: string }
  | { readonly kind: 'unknown'; readonly why: string }
  /** DNS did not answer, or memory is short: try again later. */
  | { readonly kind: 'not-now' };

/** Signatures of a listed domain that are verified; real mail has no more. */
const MAX_SIGNATURES = 3;
const MAX_HEADER_BYTES = 128 * 1024;
/** The verifier searches all fields for each name in a signature. */
const MAX_FIELDS = 500;
const MAX_SIGNATURE_BYTES = 4 * 1024;
const BARE_LINE_END = /\r(?!\n)|(?<!\r)\n/;

/** Never rejects for input of a stranger or a failure of DNS. */
export async function findSource(mail: FeedbackMail, context: SourceContext): Promise<SourceVerdict> {
  const network = context.config.inbound.feedbackNetworks.find(
    (one) => matchingPrefix(mail.clientAddress, [one]) >= 0,
  );
  if (network !== undefined) return { kind: 'known', name: network };
  const { fields } = parseHeaderSection(mail.bytes.subarray(0, MAX_HEADER_BYTES));
  if (fields.length > MAX_FIELDS) return unknown('its header has too many fields');
  const author = authorOf(mail.bytes, fields);
  const claimed = author === undefined ? [] : sourcesWritingAs(author, context.files.feedbackSources);
  if (author === undefined || claimed.length === 0) return unknown('its author is no known feedback source');
  const bySpf = await vouchedBySpf(mail, claimed, context);
  if (bySpf.kind === 'known') return bySpf;
  const byDkim = await vouchedByDkim(mail, fields, claimed, context);
  if (byDkim.kind !== 'unknown') return byDkim;
  return bySpf.kind === 'not-now' ? bySpf : byDkim;
}

async function vouchedBySpf(
  { clientAddress: address, helo, reversePath }: FeedbackMail,
  claimed: FeedbackSources,
  { resolver, config }: SourceContext,
): Promise<SourceVerdict> {
  const source = claimed.find(({ spf }) => reversePath !== undefined && spf.includes(reversePath.domain));
  if (source === undefined || reversePath === undefined) return unknown('SPF was not asked');
  const verdict = await checkSpf(
    { address, helo, reversePath: formatMailbox(reversePath), hostname: config.hostname },
    resolver,
  );
  if (verdict === 'pass') return { kind: 'known', name: source.name };
  return verdict === 'temperror' ? { kind: 'not-now' } : unknown(`SPF of ${reversePath.domain}: ${verdict}`);
}

async function vouchedByDkim(
  { bytes, extent, recipients }: FeedbackMail,
  fields: readonly HeaderField[],
  claimed: FeedbackSources,
  { resolver }: SourceContext,
): Promise<SourceVerdict> {
  // When readers disagree on line ends, a signature does not prove what another reader sees.
  if (BARE_LINE_END.test(asBuffer(bytes).toString('latin1', 0, fields.at(-1)?.end ?? 0)))
    return unknown('its header has line ends that are not CRLF');
  if (extent === 'short-of-memory') return { kind: 'not-now' };
  if (extent === 'beginning') return unknown('it is too large for its signature to be checked');
  const signed = withSignaturesOf(bytes, fields, claimed);
  if (signed === undefined) return unknown('it has no signature of a domain that vouches for its author');
  const results = await verifyMessage(signed, resolver);
  const good = results.find(
    ({ result, signedFields }) => result === 'pass' && isCovered(bytes, fields, signedFields, recipients),
  );
  const source = good && sourceOf(good.domain, claimed);
  if (source !== undefined) return { kind: 'known', name: source.name };
  if (results.some(({ result }) => result === 'temperror')) return { kind: 'not-now' };
  const [first] = results;
  return unknown(
    first?.result === 'pass'
      ? 'its signature covers too little'
      : `its signature is not good: ${first?.comment ?? first?.result ?? 'none'}`,
  );
}

/** The only author, in lower case. */
function authorOf(bytes: Uint8Array, fields: readonly HeaderField[]): string | undefined {
  const [from, second] = fields.filter(({ name }) => name === 'from');
  if (from === undefined || second !== undefined) return undefined;
  const authors = parseHeaderFrom(fieldValue(bytes, from));
  if ('problem' in authors || authors.length !== 1 || authors[0] === undefined) return undefined;
  return formatMailbox(authors[0]).toLowerCase();
}

/** The message without signatures (and ARC sets) of unlisted domains; `undefined`: none is left. */
function withSignaturesOf(
  bytes: Uint8Array,
  fields: readonly HeaderField[],
  claimed: FeedbackSources,
): Uint8Array | undefined {
  const kept: Uint8Array[] = [];
  let signatures = 0;
  let keptFrom = 0;
  for (const field of fields) {
    if (field.name !== 'dkim-signature' && !field.name.startsWith('arc-')) continue;
    const tags = field.name === 'dkim-signature' ? fieldText(bytes, field) : '';
    const domain = /(?:^|;)\s*d\s*=\s*([^;\s]+)/.exec(tags)?.[1]?.toLowerCase();
    const fits = field.end - field.start <= MAX_SIGNATURE_BYTES;
    const counts = fits && domain !== undefined && sourceOf(domain, claimed) !== undefined;
    if (counts && !/(?:^|;)\s*l\s*=/.test(tags) && signatures++ < MAX_SIGNATURES) continue;
    kept.push(bytes.subarray(keptFrom, field.start));
    keptFrom = field.end;
  }
  if (signatures === 0) return undefined;
  return Buffer.concat([...kept, bytes.subarray(keptFrom)]);
}

function sourceOf(domain: string, claimed: FeedbackSources): FeedbackSource | undefined {
  return claimed.find(({ dkim }) => dkim.includes(domain.toLowerCase()));
}

function isCovered(
  bytes: Uint8Array,
  fields: readonly HeaderField[],
  signed: readonly string[],
  recipients: readonly string[],
): boolean {
  const only = (wanted: string): HeaderField | undefined => {
    const found = fields.filter(({ name }) => name === wanted);
    return found.length === 1 && signed.includes(wanted) ? found[0] : undefined;
  };
  if (only('from') === undefined) return false;
  if (only('content-type') !== undefined) return true;
  const to = only('to');
  if (to === undefined) return false;
  const named = addressesIn(fieldText(bytes, to)).map((address) => address.toLowerCase());
  return recipients.some((recipient) => named.includes(recipient));
}

function unknown(why: string): SourceVerdict {
  return { kind: 'unknown', why };
}
