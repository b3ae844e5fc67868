/**
 * The text of a reply in the form that bounce rules look at: what differs from one message to the next is taken out,
 * so that a phrase finds what the server says and not what somebody's address or id happens to spell.
 */
import { correctSpelling } from './misspelt-words.ts';

/** Longer texts are cut: replies rest on a few hundred characters, and a stranger writes them. */
const MAX_LENGTH = 2_000;

/**
 * Lower case, one line, single spaces, straight quotes; addresses become `(address)`, IP addresses `(ip)`, long ids
 * `(id)`; reply and status codes that a server repeats at each line are dropped, and common misspellings put right. Web
 * addresses stay: providers name the reason in them.
 */
export function normalizeReplyText(text: string): string {
  const plain = text
    .slice(0, MAX_LENGTH)
    .replace(/[\s\u00a0]+/g, ' ')
    .replace(/(?:^| )[245]\d\d[- ][245]\.\d{1,3}\.\d{1,3}(?= |$)/g, ' ')
    .replace(/[\u2018\u2019\u0060\u00b4]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .toLowerCase()
    .replace(/<?(?:[^\s<>(),;:"]{1,254}|"(?:[^"\\]|\\.){1,254}")@[^\s<>(),;:"]{1,255}>?/g, '(address)')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '(ip)')
    .replace(/(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}[0-9a-f:.]{1,45}/g, '(ip)')
    .replace(/(?<![\w/?=&.%-])(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{16,}(?![\w/?=&.%])/g, '(id)')
    .replace(/ {2,}/g, ' ')
    .trim();
  return correctSpelling(plain);
}
