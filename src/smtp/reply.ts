/** Replies of an SMTP server. RFC 5321 §4.2, enhanced status codes RFC 2034 and RFC 3463. */

export interface Reply {
  /** Three digits, 200..599. */
  readonly code: number;
  /** Enhanced status code such as `5.1.1`, if the reply had one. */
  readonly status: string | undefined;
  /** The text without codes; lines joined by a space. May be empty. */
  readonly text: string;
}

export type ReplyClass = 'positive' | 'intermediate' | 'transient' | 'permanent';

export function replyClass(code: number): ReplyClass {
  if (code < 300) return 'positive';
  if (code < 400) return 'intermediate';
  return code < 500 ? 'transient' : 'permanent';
}

const REPLY_LINE = /^(\d{3})(?!\d)([ -]?)(.*)$/s;
const STATUS = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/;

/** One line of a reply: `last` is false for `250-...`. `undefined` when it is not a reply line. */
export function parseReplyLine(line: string): { code: number; last: boolean; text: string } | undefined {
  const match = REPLY_LINE.exec(line);
  if (match === null) return undefined;
  const code = Number(match[1]);
  if (code < 200 || code > 599) return undefined;
  return { code, last: match[2] !== '-', text: match[3] ?? '' };
}

/** Joins the lines of a reply; removes an enhanced status code from each line when its class agrees with `code`. */
export function makeReply(code: number, texts: readonly string[]): Reply {
  let status: string | undefined;
  const parts: string[] = [];
  for (const text of texts) {
    const match = STATUS.exec(text);
    if (match?.[1] !== undefined && match[1].startsWith(String(code).charAt(0))) {
      status ??= match[1];
      parts.push(text.slice(match[0].length).trim());
    } else {
      parts.push(text.trim());
    }
  }
  return { code, status, text: parts.filter((part) => part !== '').join(' ') };
}

/** Parses a whole reply of one or more lines, as a log or report shows it. `undefined` without a reply code. */
export function parseReply(text: string): Reply | undefined {
  const lines = text.split(/\r?\n/).map(parseReplyLine);
  const first = lines[0];
  if (first === undefined) return undefined;
  return makeReply(
    first.code,
    lines.filter((line) => line !== undefined).map((line) => line.text),
  );
}

/** `550 5.1.1 No such user`, on one line. */
export function formatReply(reply: Reply): string {
  return [reply.code, reply.status, reply.text].filter((part) => part !== undefined && part !== '').join(' ');
}
