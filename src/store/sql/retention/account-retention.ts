/**
 * Retention of accounts that keep less than what is configured. Mail has no index by account and age, so what was settled is walked
 * in the order of its age, once for each age that accounts have, a bounded number of rows a step; where a walk stands is in memory
 * alone, and a process begins at the oldest.
 */
import type { RetentionAges } from '../../retention.ts';
import type { Dialect } from '../dialect.ts';
import { FIRST_AND_LAST_EVENT } from '../events/event-ends.ts';
import { ABOVE_ALL_IDS, setFilledDownTo } from '../search/search-state.ts';
import { statement, type NoValues } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';

const ROWS_A_STEP = 2_000;
const EVENTS_A_STEP = 5_000;

interface TermsRow {
  readonly id: number;
  readonly content: number | null;
  readonly metadata: number | null;
  readonly events: number | null;
}

/** Accounts that keep something for the same time. */
interface Walk {
  /** `content`: the message stays; `metadata`: it goes with its content; `events`. */
  readonly kind: 'content' | 'metadata' | 'events';
  readonly ageMs: number;
  readonly accounts: readonly number[];
}

export interface OldMessage {
  readonly id: number;
  readonly chunk_count: number;
}

/** What a step found; its walk goes on when {@link AccountRetention.passed} was told. */
export interface WalkedStep {
  /** Whose content goes. */
  readonly contents: readonly OldMessage[];
  /** That go as a whole. */
  readonly messages: readonly OldMessage[];
  readonly events: number;
  readonly more: boolean;
  readonly passed: ReadonlyMap<string, number>;
}

const TERMS = statement<NoValues, TermsRow>(
  `SELECT id, retain_content AS content, retain_metadata AS metadata, retain_events AS events FROM account
   WHERE (retain_content IS NOT NULL OR retain_metadata IS NOT NULL OR retain_events IS NOT NULL)
     AND removing_since IS NULL ORDER BY id`,
);
const SETTLED = statement<
  { gone: number; from: number; before: number; limit: number },
  OldMessage & { readonly account_id: number; readonly settled_at: number }
>(
  ({
    indexedBy,
  }) => `SELECT id, account_id, settled_at, chunk_count FROM message ${indexedBy('message_settled')}
   WHERE settled_at IS NOT NULL AND content_gone = :gone AND settled_at >= :from AND settled_at < :before
   ORDER BY settled_at LIMIT :limit`,
);
type OldEvents = { after: number; upTo: number; before: number; accounts: string };
const OLD_EVENTS = ({
  integersOf,
}: Dialect) => `event WHERE sequence > :after AND sequence <= :upTo AND at < :before
   AND account_id IN (SELECT a.value FROM ${integersOf(':accounts', 'a')})`;
const REMOVE_EVENTS = statement<OldEvents>((dialect) => `DELETE FROM ${OLD_EVENTS(dialect)}`);
/** Of these, one that the index of the search has not followed. */
const UNFOLLOWED = statement<OldEvents, { sequence: number }>(
  (dialect) => `SELECT sequence FROM ${OLD_EVENTS(dialect)}
   AND sequence > (SELECT cursor FROM search_state WHERE id = 1) LIMIT 1`,
);
const FIRST_YOUNG = statement<{ after: number; upTo: number; before: number }, { sequence: number | null }>(
  'SELECT min(sequence) AS sequence FROM event WHERE sequence > :after AND sequence <= :upTo AND at >= :before',
);

export class AccountRetention {
  /** Where each walk stands: a time of settlement, or a sequence. */
  readonly #passed = new Map<string, number>();

  /** In a transaction, which may be repeated. */
  *step(nowMs: number, ages: RetentionAges): Steps<WalkedStep> {
    const walks = walksOf(yield* all(TERMS, {}), ages);
    const contents: OldMessage[] = [];
    const messages: OldMessage[] = [];
    const passed = new Map<string, number>();
    let events = 0;
    let more = false;
    for (const walk of walks) {
      const before = Math.round(nowMs - walk.ageMs);
      if (walk.kind === 'events') {
        const key = keyOf(walk, '');
        const part = yield* this.#events(walk, before, this.#passed.get(key) ?? 0);
        events += part.removed;
        passed.set(key, part.at);
        more ||= part.more;
        continue;
      }
      for (const gone of walk.kind === 'content' ? [0] : [0, 1]) {
        const key = keyOf(walk, String(gone));
        const from = this.#passed.get(key) ?? 0;
        const rows = yield* all(SETTLED, { gone, from, before, limit: ROWS_A_STEP });
        const found = rows.filter(({ account_id: account }) => walk.accounts.includes(account));
        (walk.kind === 'content' ? contents : messages).push(...found);
        const isFull = rows.length === ROWS_A_STEP;
        const last = rows.at(-1)?.settled_at ?? before;
        // Of one moment no more are found than a step looks at.
        passed.set(key, isFull ? (last === from ? last + 1 : last) : before);
        more ||= isFull;
      }
      if (more) break;
    }
    return { contents, messages, events, more, passed };
  }

  /** The step is durable. */
  passed({ passed }: WalkedStep): void {
    if (this.#passed.size > MOST_WALKS) this.#passed.clear();
    for (const [key, at] of passed) this.#passed.set(key, at);
  }

  *#events(
    { accounts }: Walk,
    before: number,
    behind: number,
  ): Steps<{ readonly removed: number; readonly at: number; readonly more: boolean }> {
    const { first, last } = (yield* one(FIRST_AND_LAST_EVENT, {})) ?? { first: null, last: null };
    if (first === null || last === null) return { removed: 0, at: behind, more: false };
    const after = Math.max(behind, first - 1);
    const upTo = after + EVENTS_A_STEP;
    const old = { after, upTo, before, accounts: JSON.stringify(accounts) };
    // After a stop that was longer than they are kept: what they were about is found among the messages.
    if ((yield* one(UNFOLLOWED, old)) !== undefined) yield* setFilledDownTo(ABOVE_ALL_IDS);
    const removed = yield* run(REMOVE_EVENTS, old);
    const young = (yield* one(FIRST_YOUNG, { after, upTo, before }))?.sequence ?? undefined;
    if (young !== undefined) return { removed, at: young - 1, more: false };
    return { removed, at: Math.min(upTo, last), more: upTo < last };
  }
}

/** Walks of accounts and ages that there are no more. */
const MOST_WALKS = 1_000;

function walksOf(terms: readonly TermsRow[], ages: RetentionAges): readonly Walk[] {
  const walks = new Map<string, Walk & { readonly accounts: number[] }>();
  const add = (kind: Walk['kind'], ageMs: number, account: number) => {
    const key = `${kind} ${ageMs}`;
    const walk = walks.get(key) ?? { kind, ageMs, accounts: [] };
    walk.accounts.push(account);
    walks.set(key, walk);
  };
  for (const { id, content, metadata, events } of terms) {
    const messageMs = Math.min(metadata ?? Infinity, ages.metadataMs);
    const contentMs = Math.min(content ?? Infinity, ages.contentMs, messageMs);
    if (messageMs < ages.metadataMs) add('metadata', messageMs, id);
    if (contentMs < Math.min(ages.contentMs, messageMs)) add('content', contentMs, id);
    if (events !== null && events < ages.eventsMs) add('events', events, id);
  }
  return [...walks.values()];
}

function keyOf({ kind, ageMs, accounts }: Walk, part: string): string {
  return `${kind} ${ageMs} ${part} ${accounts.join(' ')}`;
}
