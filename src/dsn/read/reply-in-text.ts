/**
 * Finds the SMTP reply in what a report says: `host mx.example.org[192.0.2.1] said: 550 5.1.1 ...`, `#550 5.2.2 ...`,
 * `ERROR_CODE :550, ERROR_CODE :5.1.1 ...`, `mailbox full (#5.2.2)`. What stands around the reply is taken off, so that
 * rules see what the remote said and not what the reporting system adds. RFC 5321 §4.2, RFC 3463.
 */
import type { Reply } from '../../smtp/reply.ts';

const MAX_TEXT_CHARACTERS = 2_000;

/** Codes that servers use for failures; other numbers of three digits are sizes, dates and ports. */
const CODES = String.raw`(?:25[0-2]|4(?:2[0-9]|3[0-2]|4\d|5[0-9]|7\d)|5(?:0[0-4]|1[0-7]|2\d|3\d|4[0-7]|5[0-9]|7\d))`;
const STATUS = String.raw`[245]\.[0-7]\.\d{1,3}(?![\d.]*\d)`;

/** Code and status together: a reply wherever it stands. */
const CODE_AND_STATUS = new RegExp(
  String.raw`(?<![\w.@-])(${CODES})(?:[ -]|: ?|, ERROR_CODE ?:) ?[#(]?(${STATUS})(?: |$|[^\w])`,
);
/** A code alone: only where a quoted reply begins. */
const CODE_ALONE = new RegExp(
  String.raw`(?:^|[:#<>'"\[(|,] ?|(?:said|was|returned|ERROR_CODE ?:|ResponseCode|error|reply|reason|message) )(${CODES})(?:-(?=\S)|: ?|, |- |\b(?=[ <]))`,
  'i',
);
const STATUS_ALONE = new RegExp(String.raw`(?:^|[\s(#:\[<"'])(${STATUS})(?=$|[\s)\]:;,>"'-]|\.\s|\.$|[A-Z])`);
const DOUBLED_CODE = new RegExp(`^(${CODES})[ -](?=\\1\\b)`);

/** What follows a quoted reply and is not part of it. */
const AFTER_REPLY =
  / ?(?:\(in reply to |\[(?:RCPT_TO|MAIL_FROM|DATA|RCPT TO)\]|in RCPT TO\b|Giving up on [\d.]+|\/?I'm not going to try again|##|\(state \d+\)|This has been a permanent failure|The following recipients? |This is a permanent error|--- Message non-deliverable|STARTTLS=client).*$/s;

export interface FoundReply {
  readonly reply: Reply | undefined;
  /** The reply's, or one that stands alone in the text. */
  readonly status: string | undefined;
  /** Without what stands around the reply; the whole text when there is no reply. */
  readonly text: string;
}

/** Never fails: without a reply there is the text. */
export function findReply(given: string): FoundReply {
  const text = given.slice(0, MAX_TEXT_CHARACTERS).replace(/\s+/g, ' ').trim();
  const both = CODE_AND_STATUS.exec(text);
  const alone = CODE_ALONE.exec(text);
  const first = both !== null && (alone === null || both.index <= alone.index + 2) ? both : (alone ?? both);
  if (first === null) {
    const bare = text.replace(AFTER_REPLY, '').trim() || text;
    return { reply: undefined, status: STATUS_ALONE.exec(text)?.[1], text: bare };
  }
  const code = Number(first[1]);
  const from = first.index + first[0].indexOf(first[1] ?? '');
  let rest = unquote(text.charAt(from - 1), text.slice(from))
    .replace(DOUBLED_CODE, '')
    .replace(AFTER_REPLY, '');
  rest = rest.replace(/^\d{3}(?:[ -]|: ?|, ERROR_CODE ?:,? ?)? ?/, '');
  const leading = new RegExp(`^[#(]?(${STATUS})[ :)]? ?`).exec(rest);
  const status = leading?.[1] ?? STATUS_ALONE.exec(rest)?.[1] ?? undefined;
  if (leading !== null) rest = rest.slice(leading[0].length);
  // Further lines of the same reply repeat its codes.
  if (text.startsWith(`${code}-`, from)) {
    rest = rest.replace(new RegExp(` ${code}[- ](?:${STATUS}(?= |$))? ?`, 'g'), ' ');
  }
  const words = rest.trim().replace(/^([^[(]*)[\])]$/, '$1');
  return { reply: { code, status, text: words }, status, text: words };
}

/** Up to the closing quotation mark when the reply was quoted. */
function unquote(before: string, text: string): string {
  if (before !== "'" && before !== '"') return text;
  const end = text.lastIndexOf(before);
  return end > 0 && /^["'][.\s]*(?:$|\S{0,40}$|[A-Z])/.test(text.slice(end)) ? text.slice(0, end) : text;
}
