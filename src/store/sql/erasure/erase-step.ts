/**
 * One step of an erasure, in a transaction: some of the room that it has come to, or the messages that it waits for. The engine
 * removes the contents that it names in the same transaction.
 */
import { mentionsOf } from '../../../smtp/address-mentions.ts';
import type { ErasedCounts } from '../../erasure.ts';
import { audit } from '../directory/audit.ts';
import type { OldMessage } from '../retention/account-retention.ts';
import { statement } from '../statement.ts';
import { run, type Steps } from '../steps.ts';
import { eraseIn, messageRoom, settledAmong } from './erase-messages.ts';
import { deltaRoom, nameRoom } from './erase-names.ts';
import { textRoom } from './erase-texts.ts';
import {
  forgetErasure,
  hashedAnew,
  noCounts,
  noteProgress,
  progressOf,
  runningErasure,
  sumOf,
  type ErasureRow,
  type Progress,
} from './erasure.ts';
import type { ErasedParty, Room } from './room.ts';
import { TEXT_TABLES } from './text-tables.ts';

/** `walked`: all rooms are done, and nothing is waited for. */
export interface TakenStep {
  readonly kind: 'more' | 'waits' | 'walked' | 'done';
  readonly counts: ErasedCounts;
  /** Whose content goes. */
  readonly contents: readonly OldMessage[];
  /** That are waited for. */
  readonly waiting: number;
}

/** The walk stands still while it waits for more. */
const MOST_WAITING = 2_000;
const SETTLED_A_STEP = 100;
const NOTHING = { contents: [], waiting: 0 };

const SOFT_BOUNCES = statement<{ account: number; address: string }>(
  'DELETE FROM soft_bounce WHERE account_id = :account AND address = :address',
);
const KNOWN = statement<{ account: number; accountId: string; knownAs: string }>(
  `DELETE FROM known_recipient WHERE recipient = :knownAs AND holder IN
   (SELECT public_id FROM credential WHERE account_id = :account UNION ALL SELECT CAST(:accountId AS text))`,
);

/** Made once: their statements stay. */
const TEXT_ROOMS = TEXT_TABLES.map(textRoom);

/** Rows by the address, not by a mention of it. */
const addressRoom: Room = {
  name: 'address',
  *step({ account, accountId, mentions, knownAs }) {
    const others =
      (yield* run(SOFT_BOUNCES, { account, address: mentions.key })) +
      (yield* run(KNOWN, { account, accountId, knownAs }));
    return { after: undefined, counts: { others } };
  },
};

/** In this order: events are written while messages are settled. `before`: of an engine that has more tables. */
export function roomsOf(before: readonly Room[] = []): readonly Room[] {
  return [messageRoom, ...before, addressRoom, deltaRoom, nameRoom, ...TEXT_ROOMS];
}

export function* takeStep(id: string, rooms: readonly Room[]): Steps<TakenStep> {
  const row = yield* runningErasure(id);
  if (row === undefined) return { kind: 'done', counts: noCounts(), ...NOTHING };
  const progress = progressOf(row);
  const room = rooms[progress.room];
  if (room === undefined || progress.waiting.length >= MOST_WAITING)
    return yield* lookAtWaiting(row, progress, rooms);
  const { after, counts, contents = [], waiting = [] } = yield* room.step(partyOf(row), progress.after);
  const next: Progress = {
    room: after === undefined ? progress.room + 1 : progress.room,
    after,
    waiting: [...progress.waiting, ...waiting],
    counts: sumOf(progress.counts, counts),
  };
  yield* noteProgress(row, next);
  return { kind: 'more', counts: next.counts, contents, waiting: next.waiting.length };
}

/** Its line in the audit log has the hash of the address and how much there was. */
export function* endErasure(id: string, atMs: number, actor: string): Steps<void> {
  const running = yield* runningErasure(id);
  if (running === undefined) return;
  const row = yield* hashedAnew(running);
  if (!(yield* forgetErasure(row))) return;
  const words = Object.entries(progressOf(row).counts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`);
  const subject = `${row.hash}: ${words.length === 0 ? 'nothing' : words.join(', ')}`;
  yield* audit(atMs, actor, 'erased', subject, row.account);
}

/** Once all are settled, events of their settlement are looked at as well: the rooms after that of messages are walked again. */
function* lookAtWaiting(row: ErasureRow, progress: Progress, rooms: readonly Room[]): Steps<TakenStep> {
  const { waiting } = progress;
  if (waiting.length === 0) return { kind: 'walked', counts: progress.counts, ...NOTHING };
  const { settled, open } = yield* settledAmong(row.account_id, waiting);
  if (settled.length === 0 && open.length > 0)
    return { kind: 'waits', counts: progress.counts, contents: [], waiting: open.length };
  const { counts, contents = [] } = yield* eraseIn(settled.slice(0, SETTLED_A_STEP), partyOf(row));
  const left = [...open, ...settled.slice(SETTLED_A_STEP)].map(({ id }) => id);
  const next = { ...progress, waiting: left, counts: sumOf(progress.counts, counts) };
  const isOver = left.length === 0 && progress.room >= rooms.length;
  yield* noteProgress(row, isOver ? { ...next, room: 1, after: undefined } : next);
  return { kind: 'more', counts: next.counts, contents, waiting: left.length };
}

function partyOf(row: ErasureRow): ErasedParty {
  return {
    account: row.account_id,
    accountId: row.account,
    mentions: mentionsOf(row.address),
    pseudonym: row.pseudonym,
    knownAs: row.known_as,
  };
}
