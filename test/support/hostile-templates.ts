/** Templates and messages that would stall or end the relay: what was tried, and others of the kinds. For tests and bench/hostile. */

export interface HostileTemplate {
  readonly name: string;
  readonly parts: { readonly html?: string; readonly text?: string };
}

/** A list that holds itself twice, forty times over: comparing it takes longer than anybody waits. */
export const ENDLESS =
  '{% assign l = "" | split: "," %}' +
  '{% assign l = l | push: l %}'.repeat(40) +
  '{% if l == l %}x{% endif %}';
/** The number after 2^53 is 2^53: the loop never gets to its end. */
export const HUNGRY =
  '{% assign a = 9007199254740992 %}{% assign b = a | plus: 2 %}{% for i in (a..b) %}{{ i }}{% endfor %}';

/** Refused when they are added. */
export const TOO_MUCH: readonly HostileTemplate[] = [
  { name: 'a condition of 500 KB', parts: { text: `{% if ${'a or '.repeat(100_000)}a %}{% endif %}` } },
  { name: 'outputs by the ten thousand', parts: { text: '{{ a }}'.repeat(70_000) } },
  { name: 'a chain of filters', parts: { text: `{{ a ${'| upcase '.repeat(1_000)}}}` } },
  { name: 'a long range', parts: { text: '{% for i in (1..100000000) %}{% endfor %}' } },
  { name: 'blocks in blocks', parts: { text: '{% if a %}'.repeat(500) + '{% endif %}'.repeat(500) } },
];

/** Filled, with a text in time. */
export const HOSTILE_MARKUP: readonly HostileTemplate[] = [
  { name: 'a cell over 30,000 rows and columns', parts: { html: '<td rowspan=30000 colspan=30000>' } },
  {
    name: 'such a cell in a table',
    parts: { html: '<table><tr><td rowspan=30000 colspan=30000>a</table>' },
  },
  { name: 'a cell over 100,000 columns', parts: { html: '<table><tr><td colspan=100000>a</table>' } },
  {
    name: '20,000 rows with cells over 1,000 rows',
    parts: { html: `<table>${'<tr><td rowspan=1000>a'.repeat(20_000)}</table>` },
  },
  {
    name: 'quotations and paragraphs',
    parts: { html: `${'<blockquote>'.repeat(200)}${'<p>a'.repeat(30_000)}` },
  },
];

/** Past a limit of the process that fills them. */
export const PAST_LIMITS: readonly HostileTemplate[] = [
  { name: 'a list that holds itself', parts: { text: ENDLESS } },
  { name: 'a loop without end', parts: { text: HUNGRY } },
];
