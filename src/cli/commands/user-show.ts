/** `relayctl user show`: one person, with the identity that is linked and the sessions that are open. */
import { findPerson } from '../../admin/people/people.ts';
import { personJson } from '../../api-json/person-json.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Person, PersonIdentity, PersonSession } from '../../store/people-records.ts';
import { fullTime, relative } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';
import { factorWords, roleWords, standingWords } from '../views/person-view.ts';

export const userShow: CommandSpec = {
  path: 'user show',
  summary: 'Show a user of the dashboard, and the open sessions',
  arguments: '<user>',
  details:
    'By id or e-mail address. An identity is who the person is at the OpenID Connect provider (dashboard.oidc).',
  examples: [
    { type: 'user show carol@example.org', does: 'roles, and where she is signed in' },
    { type: 'user show carol@example.org --json', does: 'the same for a script' },
  ],
  run: show,
};

async function show(context: CommandContext, input: CommandInput): Promise<void> {
  const { reader, paint, nowMs } = context;
  const person = unlessRefused(await findPerson(input.arguments[0] ?? '', reader), {
    'not-found': 'see them: relayctl user list',
  });
  const identity = await reader.identityOf(person.id);
  const sessions = (await reader.sessionsOf(person.id)).filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  if (context.global.json) {
    context.printJson({
      ...personJson(person),
      identity: identityJson(identity),
      sessions: sessions.map(sessionJson),
    });
    return;
  }
  const row = (label: string, text: string) => `  ${paint.name(label.padEnd(11))}${visible(text)}\n`;
  const { lastSignInMs } = person;
  context.print(
    `${paint.bold(visible(person.email))}\n` +
      row('id', person.id) +
      row('name', person.name) +
      row('roles', roleWords(person)) +
      row('state', standingWords(person, nowMs)) +
      row('factors', factorsRow(person)) +
      row('added', fullTime(person.createdAtMs)) +
      row('signed in', lastSignInMs === undefined ? 'never' : fullTime(lastSignInMs)) +
      (identity === undefined ? '' : row('identity', identityWords(identity))) +
      sessions.map((session) => row('session', sessionWords(session, nowMs))).join(''),
  );
}

function identityWords({ issuer, subject, linkedAtMs }: PersonIdentity): string {
  return `${subject} at ${issuer}, linked ${fullTime(linkedAtMs)}`;
}

function identityJson(identity: PersonIdentity | undefined) {
  if (identity === undefined) return null;
  const { issuer, subject, linkedAtMs } = identity;
  return { issuer, subject, linked_at: timestamp(linkedAtMs) };
}

function factorsRow(person: Person): string {
  const { recoveryCodes } = person.factors;
  const codes =
    recoveryCodes === 0 ? '' : `, ${recoveryCodes} recovery ${recoveryCodes === 1 ? 'code' : 'codes'} left`;
  return `${factorWords(person)}${codes}`;
}

function sessionWords({ address, userAgent, seenAtMs }: PersonSession, nowMs: number): string {
  return `from ${address}, used ${relative(seenAtMs, nowMs)}${userAgent === undefined ? '' : `, ${userAgent}`}`;
}

function sessionJson({ id, address, userAgent, createdAtMs, seenAtMs, expiresAtMs }: PersonSession) {
  return {
    id,
    address,
    user_agent: userAgent ?? null,
    created_at: timestamp(createdAtMs),
    seen_at: timestamp(seenAtMs),
    expires_at: timestamp(expiresAtMs),
  };
}
