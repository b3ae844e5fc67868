/** Terms of a stream as somebody wants them: what can be meant, and what only an operator may say. */
import { fieldNameProblem, fieldValueProblem } from '../compose/custom-field.ts';
import { FIELD_WORDS, hasOtherBraces } from '../compose/field-words.ts';
import { formatDurationMs } from '../platform/duration.ts';
import { visible } from '../platform/visible-text.ts';
import type { StreamTerms } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { invalid, type AdminRefusal } from './refusal.ts';

/**
 * What is to be different: `undefined` as a value takes a term away, a name that is absent leaves it as it is. Of `headers` each field is
 * changed by itself.
 */
export interface StreamTermsInput extends Omit<StreamTerms, 'headers'> {
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
}

export const TRACKED = ['opens', 'clicks'] as const;
/** RFC 6710. */
export const LEAST_PRIORITY = -9;
export const MOST_PRIORITY = 9;

const MOST_TITLE = 100;
const MOST_FIELDS = 20;
const MOST_WAITS = 50;
const LEAST_WAIT_MS = 1_000;
/** Of a wait and of an age. */
const LONGEST_MS = 365 * 86_400_000;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const WORDS = FIELD_WORDS.map((word) => `{${word}}`).join(', ');
const NOT_ASCII = /[^\x20-\x7e]/;

type Context = With<'config' | 'holder'>;

/** `before`: the terms that the stream has. */
export function termsWith(
  before: StreamTerms,
  input: StreamTermsInput,
  context: Context,
): StreamTerms | AdminRefusal {
  const { title, pool, retryScheduleMs, maxAgeMs, priority, track, subdomain } = { ...before, ...input };
  const headers = fieldsWith(before.headers, input.headers);
  const terms = { title, pool, retryScheduleMs, maxAgeMs, priority, headers, track, subdomain };
  return ofOperators(input, context) ?? wrongTimes(terms) ?? wrongWords(terms) ?? terms;
}

/** Names are those of the first who gave them, whatever their case. */
function fieldsWith(
  before: StreamTerms['headers'],
  changes: StreamTermsInput['headers'] = {},
): StreamTerms['headers'] {
  const fields = new Map(
    Object.entries(before ?? {}).map(([name, value]) => [name.toLowerCase(), { name, value }]),
  );
  for (const [name, value] of Object.entries(changes)) {
    fields.delete(name.toLowerCase());
    if (value !== undefined) fields.set(name.toLowerCase(), { name, value });
  }
  if (fields.size === 0) return undefined;
  return Object.fromEntries([...fields.values()].map(({ name, value }) => [name, value]));
}

/** Sources are the operator's, and so is how long the relay keeps trying. */
function ofOperators(
  { pool, maxAgeMs }: StreamTermsInput,
  { holder, config }: Context,
): AdminRefusal | undefined {
  if (holder !== undefined) {
    if (pool !== undefined)
      return invalid(
        'pool',
        'which sources mail leaves from is the operator’s to say',
        'ask whoever runs this relay',
      );
    const most = config.delivery.maxAgeMs;
    if (maxAgeMs !== undefined && maxAgeMs > most)
      return invalid(
        'maxAgeMs',
        (nameOf) =>
          `${nameOf('maxAgeMs')} is longer than this relay tries any mail, ${formatDurationMs(most)}`,
      );
    return undefined;
  }
  const pools = new Set(config.egress.sources.map((source) => source.pool));
  if (pool === undefined || pools.has(pool)) return undefined;
  return invalid(
    'pool',
    `there is no pool ${pool}: no source is in it`,
    pools.size === 0
      ? 'add a [[source]] with it first: docs/operations.md'
      : `accepted: ${[...pools].join(', ')}`,
  );
}

function wrongTimes({ retryScheduleMs, maxAgeMs, priority }: StreamTerms): AdminRefusal | undefined {
  const isTime = (ms: number) => Number.isInteger(ms) && ms >= LEAST_WAIT_MS && ms <= LONGEST_MS;
  if (retryScheduleMs !== undefined) {
    const { length } = retryScheduleMs;
    if (length === 0 || length > MOST_WAITS || !retryScheduleMs.every(isTime))
      return invalid(
        'retryScheduleMs',
        (nameOf) => `${nameOf('retryScheduleMs')} takes 1 to ${MOST_WAITS} waits from 1s to 365d`,
      );
  }
  if (maxAgeMs !== undefined && !isTime(maxAgeMs))
    return invalid('maxAgeMs', (nameOf) => `${nameOf('maxAgeMs')} is from 1s to 365d`);
  if (
    priority !== undefined &&
    !(Number.isInteger(priority) && priority >= LEAST_PRIORITY && priority <= MOST_PRIORITY)
  )
    return invalid(
      'priority',
      (nameOf) => `${nameOf('priority')} is a whole number from ${LEAST_PRIORITY} to ${MOST_PRIORITY}`,
    );
  return undefined;
}

function wrongWords({ title, headers, subdomain }: StreamTerms): AdminRefusal | undefined {
  if (title !== undefined && (title.trim() === '' || title.length > MOST_TITLE || title !== visible(title)))
    return invalid('title', (nameOf) => `${nameOf('title')} is one line of 1 to ${MOST_TITLE} characters`);
  if (subdomain !== undefined && !LABEL.test(subdomain))
    return invalid('subdomain', `${visible(subdomain)} is not one label of a domain name`, 'such as news');
  const fields = Object.entries(headers ?? {});
  if (fields.length > MOST_FIELDS)
    return invalid('headers', (nameOf) => `${nameOf('headers')} takes at most ${MOST_FIELDS} fields`);
  for (const [name, value] of fields) {
    const problem = fieldNameProblem(name) ?? fieldValueProblem(name, value) ?? valueProblem(value);
    if (problem !== undefined)
      return invalid('headers', (nameOf) => `${nameOf('headers')}: ${visible(name)} ${problem}`);
  }
  return undefined;
}

function valueProblem(value: string): string | undefined {
  if (NOT_ASCII.test(value)) return 'holds characters beyond ASCII';
  return hasOtherBraces(value) ? `holds braces; accepted in them: ${WORDS}` : undefined;
}
