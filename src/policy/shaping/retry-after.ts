/**
 * How long a remote asks to wait, where its reply says so in words: `try again in 300 seconds`, `greylisted for 5 minutes`,
 * `please come back in 00:05:00`, `retry-after: 120`. Servers print it freely, so a time is believed only where a word of
 * waiting stands right before it, with no other number in between: never a port, a size, a code, a quota (`100 messages per
 * hour`) or an id. Obeyed up to {@link LONGEST_RETRY_AFTER_MS}. Pure; the pattern is bounded, since a stranger writes the text.
 */

/** Somebody who asks for more is asked again then. */
export const LONGEST_RETRY_AFTER_MS = 4 * 3_600_000;

/** Longer texts are cut, as replies are kept. */
const MAX_LENGTH = 1_000;

const NUMBER = String.raw`\d{1,6}(?:\.\d{1,3})?|an?|one|two|three|five|ten|fifteen|twenty|thirty|sixty`;
const UNIT = String.raw`s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?`;
const CLOCK = String.raw`\d{1,3}:[0-5]\d(?::[0-5]\d)?`;
/** `5 minutes`, `1h30m`, `2 minutes and 30 seconds`, `00:05:00`. */
const LENGTH = String.raw`(?<clock>${CLOCK})(?![\d:])|(?<parts>(?:(?:${NUMBER})[ -]?(?:${UNIT})\b(?:,? ?(?:and )?)?){1,3}|(?:${NUMBER})[smh](?:\d{1,4}[smh]){1,2}\b)`;
/** Between the word of waiting and the time: no figure, and no end of a sentence. */
const WORDS = String.raw`[^\d.;!?]{0,40}?`;
const LEAD = [
  // try again in, retry your message after, come back in, resend it in, available again in
  String.raw`\b(?:try|retry|resend|reconnect|again|come back|back|later|resets?|expires?)\b${WORDS}\b(?:in|after|(?<=again )for)(?: (?:at least|about|approximately|another|the next|a further))?:? \(?`,
  // wait 1 hour, wait at least 300 seconds, please wait for 5 minutes
  String.raw`\bwait(?: for)?(?: (?:at least|about|approximately|another|a minimum of))?:? \(?`,
  // greylisted for 299 s, deferred for 10 minutes, blocked for the next hour
  String.raw`\b(?:gr[ea]y-?list(?:ed|ing)?|deferr?(?:ed)?|delay(?:ed)?|throttled|limited|block(?:ed)?|refused|rejected|suspended|blacklisted|banned)(?: (?:temporarily|here|in effect))? for(?: (?:at least|about|another|the next))? \(?`,
  // retry: 300s, retry delay 60 seconds
  String.raw`\bretry(?: (?:delay|time|period|interval))?(?: is|:| =|=) ?`,
].join('|');
const WAIT = new RegExp(`(?:${LEAD})(?:${LENGTH})`, 'iu');
/** As in HTTP: bare seconds. */
const RETRY_AFTER = /\bretry-after[:=] ?(?<seconds>\d{1,6})\b(?![.:/-]\d)/iu;
const PART = new RegExp(String.raw`(${NUMBER})[ -]?(${UNIT})(?=\b|\d)`, 'giu');

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WORD_NUMBERS: Readonly<Record<string, number>> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  five: 5,
  ten: 10,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
  sixty: 60,
};

/** Milliseconds from now, at most {@link LONGEST_RETRY_AFTER_MS}; `undefined`: the text names no time. */
export function retryAfterMs(text: string): number | undefined {
  const line = text.slice(0, MAX_LENGTH).replace(/\s+/g, ' ');
  const found = WAIT.exec(line)?.groups;
  const seconds = RETRY_AFTER.exec(line)?.groups?.['seconds'];
  const waitMs =
    found?.['clock'] !== undefined
      ? clockMs(found['clock'])
      : found?.['parts'] !== undefined
        ? partsMs(found['parts'])
        : Number(seconds ?? 0) * 1_000;
  return waitMs > 0 ? Math.min(Math.round(waitMs), LONGEST_RETRY_AFTER_MS) : undefined;
}

/** `00:05:00`; with two figures minutes and seconds. */
function clockMs(clock: string): number {
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1_000;
}

function partsMs(parts: string): number {
  let sum = 0;
  for (const [, number = '', unit = ''] of parts.matchAll(PART))
    sum +=
      (WORD_NUMBERS[number.toLowerCase()] ?? Number(number)) * (UNITS_MS[unit.charAt(0).toLowerCase()] ?? 0);
  return sum;
}
