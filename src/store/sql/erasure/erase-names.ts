/**
 * Statistics by tag, where a tag is or has the address: the tag's name is replaced, its numbers stay. Counts that are not folded yet
 * have their tags as their messages had them.
 */
import { statement, type Values } from '../statement.ts';
import { all, one, run, type Steps } from '../steps.ts';
import { withTags } from '../statistics/statistic-delta.ts';
import { DAY_SPAN, GROUP_KINDS, HOUR_SPAN, MONTH_SPAN } from '../statistics/statistic-rows.ts';
import { mayMention, mayMentionValue, type ErasedParty, type Room } from './room.ts';

const SPANS = [HOUR_SPAN, DAY_SPAN, MONTH_SPAN];
const OF_TAGS = `span = :span AND account_id = :account AND kind = ${GROUP_KINDS.tag}`;
const NAMES_A_STEP = 200;
const DELTAS_A_STEP = 200;

const NAMES = statement<
  { account: number; span: number; after: string; needle: string; limit: number },
  { name: string }
>(
  (dialect) => `SELECT DISTINCT name FROM statistic WHERE ${OF_TAGS}
   AND name > :after AND ${mayMention('name', dialect)} ORDER BY name LIMIT :limit`,
);
const IS_TAKEN = statement<{ account: number; span: number; name: string }, { found: number }>(
  `SELECT 1 AS found FROM statistic WHERE ${OF_TAGS} AND name = :name LIMIT 1`,
);
const RENAME = statement<{ account: number; span: number; name: string; other: string }>(
  `UPDATE statistic SET name = :other WHERE ${OF_TAGS} AND name = :name`,
);
const DELTAS = statement<{ after: number; limit: number }, { id: number; data: string }>(
  'SELECT id, data FROM statistic_delta WHERE id > :after ORDER BY id LIMIT :limit',
);
const PUT_DELTA = statement<{ id: number; data: string }>(
  'UPDATE statistic_delta SET data = :data WHERE id = :id',
);

/** Before the rows that they are folded into. */
export const deltaRoom: Room = {
  name: 'statistic_delta',
  *step({ account, mentions, pseudonym }, after) {
    const [last] = after ?? [Number.MIN_SAFE_INTEGER];
    const rows = yield* all(DELTAS, { after: Number(last), limit: DELTAS_A_STEP });
    let others = 0;
    for (const { id, data } of rows) {
      const erased = withTags(data, account, (tag) =>
        mentions.isIn(tag) ? mentions.replacedIn(tag, pseudonym) : tag,
      );
      if (erased !== data) others += yield* run(PUT_DELTA, { id, data: erased });
    }
    const end = rows.at(-1);
    return { after: rows.length === DELTAS_A_STEP && end ? [end.id] : undefined, counts: { others } };
  },
};

/** One span after the other, each in the order of its names. */
export const nameRoom: Room = {
  name: 'statistic',
  *step(party, place) {
    const { account, mentions } = party;
    const [index = 0, after = ''] = (place ?? []) as readonly [number?, string?];
    const span = SPANS[index];
    if (span === undefined) return { after: undefined, counts: {} };
    const values = { account, span, after, needle: mayMentionValue(mentions), limit: NAMES_A_STEP };
    const names = yield* all(NAMES, values);
    let others = 0;
    for (const { name } of names) if (mentions.isIn(name)) others += yield* rename(span, name, party);
    const last = names.length === NAMES_A_STEP ? names.at(-1) : undefined;
    return { after: last ? [index, last.name] : [index + 1, ''], counts: { others } };
  },
};

/** Two tags that differ in case become two names. */
function* rename(span: number, name: string, { account, mentions, pseudonym }: ErasedParty): Steps<number> {
  const wanted = mentions.replacedIn(name, pseudonym);
  let other = wanted;
  for (let number = 2; (yield* one(IS_TAKEN, { account, span, name: other })) !== undefined; number++)
    other = `${wanted} (${number})`;
  return yield* run(RENAME, { account, span, name, other } satisfies Values);
}
