/**
 * Text from outside (subjects, addresses, replies, tags) as it may stand on a page: what is not to be seen, or turns the
 * direction of what follows, is shown by its code. Markup is none here: texts are never read as HTML.
 */

/** Control characters, bidirectional formatting, zero width, line and paragraph separators, byte order mark. */
const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

export function visibleText(text: string): string {
  return text.replace(UNSEEN, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** At most `most` characters, with an ellipsis where something was cut off. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = /[\ud800-\udbff]$/.test(text.slice(0, most)) ? most - 1 : most;
  return `${text.slice(0, end)}…`;
}
