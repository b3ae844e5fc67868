/**
 * What a notice says of each recipient that it names: the rest of the paragraph, else the paragraphs after it, else what
 * stands before the first. Recipients in a row without words between share what follows the last of them.
 */
import type { Mention } from './notice-mentions.ts';
import { findReply } from './reply-in-text.ts';

/** Of one reason. */
export const MAX_REASON_CHARACTERS = 4_000;

/** Paragraphs after an address that may say why. */
const MAX_PARAGRAPHS = 4;
const MAX_PARAGRAPH_LINES = 60;

/**
 * One text for each of `mentions`, with line ends, at most 4,000 characters; may be empty. `reasonFirst`: the mailer
 * gives the reason before the recipients.
 */
export function findReasons(
  lines: readonly string[],
  mentions: readonly Mention[],
  reasonFirst: boolean,
): string[] {
  const before = clean(lines.slice(0, mentions[0]?.line ?? 0).join('\n'));
  if (reasonFirst && before !== '') return mentions.map(() => before);
  const beforeHasReply = findReply(before).reply !== undefined;
  const reasons: string[] = [];
  // From the last to the first, as those in a row share what follows.
  for (let index = mentions.length - 1; index >= 0; index--) {
    const mention = mentions[index];
    if (mention === undefined) continue;
    const end = mentions[index + 1]?.line ?? lines.length;
    const { text: paragraph, next } = paragraphOf(lines, mention, end);
    const after = nextParagraphs(lines, next, end);
    const following = clean(`${paragraph}\n${after}`);
    const shared = reasons.at(-1);
    if (paragraph !== '' && (!mention.introduces || findReply(paragraph).reply !== undefined)) {
      reasons.push(paragraph);
    } else if (following === '' && shared !== undefined) {
      reasons.push(shared);
    } else {
      const useful = following !== '' && (!beforeHasReply || findReply(following).reply !== undefined);
      reasons.push(useful ? following : before);
    }
  }
  return reasons.reverse();
}

/** The rest of the mention's line and the lines of its paragraph; `next`: the line after it. */
function paragraphOf(
  lines: readonly string[],
  mention: Mention,
  end: number,
): { readonly text: string; readonly next: number } {
  const own: string[] = [mention.rest];
  let at = mention.line + 1;
  const limit = Math.min(end, at + MAX_PARAGRAPH_LINES);
  for (; at < limit && (lines[at] ?? '').trim() !== ''; at++) own.push(lines[at] ?? '');
  return { text: clean(own.join('\n')), next: at };
}

/** Up to the first paragraph that quotes a reply; one of codes alone counts where no other says more. */
function nextParagraphs(lines: readonly string[], from: number, to: number): string {
  const kept: string[] = [];
  let paragraph: string[] = [];
  let bare: readonly string[] = [];
  let count = 0;
  for (let at = from; at <= to && kept.length < MAX_PARAGRAPHS * MAX_PARAGRAPH_LINES; at++) {
    const line = at < to ? (lines[at] ?? '') : '';
    if (line.trim() !== '' && paragraph.length < MAX_PARAGRAPH_LINES) {
      paragraph.push(line);
      continue;
    }
    if (paragraph.length === 0) continue;
    const { reply } = findReply(paragraph.join('\n'));
    const isBare = reply?.text === '';
    if (!isBare) kept.push(...paragraph);
    else if (bare.length === 0) bare = paragraph;
    count++;
    if (reply !== undefined && !isBare) return kept.join('\n');
    if (count >= MAX_PARAGRAPHS) break;
    paragraph = [];
  }
  return [...kept, ...bare].join('\n');
}

function clean(text: string): string {
  const plain = text
    .slice(0, MAX_REASON_CHARACTERS)
    .replace(/^[ \t]*[-=*#_]{4,}[ \t]*$/gm, '')
    .trim();
  // The end of `[User unknown]`, of which the beginning stood before the reason.
  return /[\])]$/.test(plain) && !/[[(]/.test(plain) ? plain.slice(0, -1) : plain;
}
