/** Invitations: a link that sets a password, once, for a while. The token's hash is kept, never the token. */
import { StoreError } from '../../errors.ts';
import type { PeopleReader, PeopleWriter } from '../../people.ts';
import { audit } from '../directory/audit.ts';
import { statement } from '../statement.ts';
import { one, run, type StepsOf } from '../steps.ts';
import { personKeyOf } from './person-rows.ts';
import { endSessionsOf } from './sessions.ts';

const INVITE = statement<{ person: number; hash: Uint8Array; until: number }>(
  'UPDATE person SET invite_hash = :hash, invited_until = :until WHERE id = :person AND suspended_at IS NULL',
);
const BY_HASH = statement<{ hash: Uint8Array }, { key: number; id: string; until: number }>(
  `SELECT id AS key, public_id AS id, invited_until AS until FROM person
   WHERE invite_hash = :hash AND invited_until IS NOT NULL`,
);
const TAKE = statement<{ person: number; hash: Uint8Array; password: string; at: number }>(
  `UPDATE person SET password = :password, invite_hash = NULL, invited_until = NULL
   WHERE id = :person AND invite_hash = :hash AND invited_until > :at AND suspended_at IS NULL`,
);

export const invitationReads: StepsOf<Pick<PeopleReader, 'invitationByHash'>> = {
  *invitationByHash(hash) {
    const row = yield* one(BY_HASH, { hash });
    return row && { personId: row.id, untilMs: row.until };
  },
};

export const invitationWrites: StepsOf<Pick<PeopleWriter, 'invitePerson' | 'takeInvitation'>> = {
  *invitePerson(id, { tokenHash: hash, untilMs }, atMs, actor) {
    const person = yield* personKeyOf(id);
    if ((yield* run(INVITE, { person, hash, until: Math.round(untilMs) })) === 0)
      throw new StoreError('conflict', `the user ${id} is suspended`);
    yield* audit(atMs, actor, 'user invite', id);
  },
  *takeInvitation(hash, password, atMs, actor) {
    const row = yield* one(BY_HASH, { hash });
    const at = Math.round(atMs);
    // Of two that come at once, one takes it.
    if (row === undefined || (yield* run(TAKE, { person: row.key, hash, password, at })) === 0)
      throw new StoreError('not-found', 'the invitation is over');
    yield* endSessionsOf(row.key);
    yield* audit(atMs, actor, 'user password', row.id);
  },
};
