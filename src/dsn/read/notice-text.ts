/**
 * Divides the text of a report into what the mailer says and the copy of the message that it sends back. Everything
 * after this looks at the first only, so that nothing in somebody's message is taken for a failure.
 */
import { isFieldLine } from './field-block.ts';

const MAX_LINES = 3_000;
const MAX_LINE_CHARACTERS = 1_000;
const MAX_CHARACTERS = 64 * 1024;

export interface NoticeText {
  /** What the mailer says, at most 3,000 lines of at most 1,000 characters. */
  readonly lines: readonly string[];
  /** What follows: the returned message or its header section; empty when there is none. */
  readonly returned: string;
}

/** Lines that announce the returned message, of all mailers. */
const ANNOUNCEMENTS: readonly RegExp[] = [
  /^[-=*#|_\s]*(?:below this line is|enclosed is|included is|following is|this is|here is)(?: a| the)? copy of (?:the|your)\b.{0,60}$/i,
  /^[-=*#|_\s]*(?:the |your )?(?:headers? (?:section )?of (?:the|your) )?(?:original|old|returned|unsent|undelivered|rejected|bounced|failed) (?:message|mail|e-?mail)(?:'s)?(?: headers?| text| body| info)*(?: as)?(?: (?:is|are))?(?: (?:follows?|following|below|attached|enclosed))?[-=*#|_:.\s]*$/i,
  /^[-=*#|_\s]*(?:message|mail) (?:headers?|text|body|contents?)(?: (?:follows?|is following|below))?[-=*#|_:.\s]*$/i,
  /^[-=*#|_\s]*(?:below is|here are) (?:a copy of )?the (?:original message|headers?)\b.{0,40}$/i,
  /^[-=*#|_\s]*(?:original-?nachricht|urspr\S{1,3}ngliche nachricht|message d'origine|message original|mensaje original|messaggio originale)[-=*#|_:.\s]*$/i,
  /^[-=*#|_\s]*(?:start|beginning) of (?:the )?(?:original|returned|undelivered|rejected) (?:message|mail)[-=*#|_:.\s]*$/i,
  /^\s*\*\*\* message truncated \*\*\*\s*$/i,
];

const HEADER_NAMES =
  /^(?:return-path|received|message-id|date|from|to|subject|mime-version|content-type|delivered-to|sender|x-[a-z-]+)[ \t]*:/i;
/** At least one of these stands in a header section and hardly anywhere else. */
const TELLING_NAMES = /^(?:return-path|received|message-id|mime-version|delivered-to)[ \t]*:/i;

export function splitNotice(text: string): NoticeText {
  const lines = unquoted(
    text
      .slice(0, MAX_CHARACTERS)
      .split(/\r\n|\n|\r/)
      .slice(0, MAX_LINES)
      .map((line) => line.slice(0, MAX_LINE_CHARACTERS)),
  );
  const announced = lines.findIndex((line) =>
    ANNOUNCEMENTS.some((pattern) => pattern.test(line.slice(0, 200))),
  );
  const bare = bareHeaderAt(lines);
  if (announced >= 0 && (bare < 0 || announced < bare)) {
    return { lines: lines.slice(0, announced), returned: lines.slice(announced + 1).join('\n') };
  }
  if (bare >= 0) return { lines: lines.slice(0, bare), returned: lines.slice(bare).join('\n') };
  return { lines, returned: '' };
}

/** A report that somebody forwarded: most lines begin with "> ". */
function unquoted(lines: string[]): string[] {
  const filled = lines.filter((line) => line.trim() !== '');
  const quoted = filled.filter((line) => /^>(?!>>(?!>))/.test(line));
  if (quoted.length < 8 || quoted.length * 2 < filled.length) return lines;
  return lines.map((line) => line.replace(/^> ?/, ''));
}

/** Where a header section begins without announcement: three or more fields in a row, unindented. */
function bareHeaderAt(lines: readonly string[]): number {
  for (let at = 0; at < lines.length; at++) {
    if (!HEADER_NAMES.test(lines[at] ?? '')) continue;
    let fields = 0;
    let telling = 0;
    let end = at;
    for (; end < lines.length && end < at + 60; end++) {
      const line = lines[end] ?? '';
      if (line.trim() === '') break;
      if (isFieldLine(line) && HEADER_NAMES.test(line)) fields++;
      if (TELLING_NAMES.test(line)) telling++;
      if (!isFieldLine(line) && !/^[ \t]/.test(line)) break;
    }
    if (fields >= 3 && telling >= 1) return at;
    at = end;
  }
  return -1;
}
