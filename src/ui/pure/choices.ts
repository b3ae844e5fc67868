/** What the API takes one or more of, in the order that pages offer it. Held to the relay's own lists by test/ui/choices.test.ts. */

export const WEBHOOK_EVENTS = [
  'accepted',
  'delivered',
  'deferred',
  'bounced',
  'expired',
  'suppressed',
  'complained',
  'opened',
  'clicked',
  'unsubscribed',
  'cancelled',
  'refused',
  'health_changed',
  'domain_changed',
  'report_unverified',
  'webhook_paused',
  'webhook_disabled',
] as const;

/** Stands for every event. */
export const EVERY_EVENT = '*';

/** A network or domain for each entry of a text such as `192.0.2.0/24, 198.51.100.7`. */
export function entriesOf(text: string): readonly string[] {
  return text.split(/[\s,;]+/).filter((entry) => entry !== '');
}

/** The number that a text is; else the text, of which the API then says what is wrong. `undefined`: empty. */
export function numberOf(text: string): number | string | undefined {
  const words = text.trim();
  if (words === '') return undefined;
  return /^\d+$/.test(words) ? Number(words) : words;
}
