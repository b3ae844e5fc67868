/** What delivery tells of refusals: where and when in the dialogue a remote says it, and what was in use by then. */
import { describe, expect, test } from 'vitest';
import type {
  AutomaticLimits,
  InUse,
  LimitedPlace,
} from '../../../../src/delivery/shaping/automatic-limits.ts';
import { NO_ROUTES } from '../../../../src/delivery/route/route-table.ts';
import type { Reply } from '../../../../src/smtp/reply.ts';
import { replyTo, type Behaviour } from '../support/fake-remotes.ts';
import { route, World } from '../support/world.ts';

interface Told {
  readonly place: LimitedPlace;
  readonly said: string;
  readonly class: string;
  readonly destination: string;
  readonly site: InUse;
  readonly provider: InUse;
}

function listening(): { readonly told: Told[]; readonly automatic: AutomaticLimits } {
  const told: Told[] = [];
  return {
    told,
    automatic: {
      of: () => undefined,
      isInForce: () => false,
      onSuspended: () => undefined,
      onChange: () => undefined,
      refused: (place, { record, destination, inUse, ...refusal }) => {
        const said = `${record.stage} ${record.replyCode ?? '-'} ${record.text}`;
        told.push({
          ...{ place, said, destination, class: refusal.class },
          ...{ site: inUse('site'), provider: inUse('provider') },
        });
      },
    },
  };
}

const BUSY: Reply = { code: 421, status: '4.7.0', text: 'too many connections' };
const LOST = {
  kind: 'lost',
  ...{ reply: BUSY, text: 'closed', replies: [undefined], afterFinalDot: false, stale: false },
} as const;

const DIALOGUES: readonly [string, Behaviour, string][] = [
  ['in the greeting', { refuse: { stage: 'greeting', reply: BUSY, text: BUSY.text } }, 'greeting 421'],
  ['to MAIL', { result: () => ({ ...LOST, stage: 'mail' }) }, 'mail 421'],
  ['in the middle', { result: () => ({ ...LOST, stage: 'data' }) }, 'data 421'],
  ['to RCPT', { reply: () => replyTo(450, '4.7.1', 'too many connections') }, 'rcpt 450'],
  ['at the end', { reply: () => replyTo(451, '4.7.1', 'too many connections', 'final') }, 'final 451'],
];

describe('a refusal', () => {
  test.each(DIALOGUES)('%s is told with whose mail met it', async (_where, behaviour, said) => {
    const { told, automatic } = listening();
    await using world = new World({}, { automaticLimits: automatic });
    world.remotes.behave(World.addressOf('r.test'), behaviour);
    await world.submit({ to: ['b@r.test'] });
    await world.clock.advance(0);
    expect(told[0]).toMatchObject({
      place: { hosts: [{ mx: 'mx.r.test', provider: undefined }], provider: undefined, source: undefined },
      destination: 'r.test',
      said: `${said} too many connections`,
    });
  });

  test('without a reply is not for anybody to match, and success is not told', async () => {
    const { told, automatic } = listening();
    await using world = new World({}, { automaticLimits: automatic });
    world.remotes.behave(World.addressOf('down.test'), {
      refuse: { stage: 'connect', reply: undefined, text: 'ECONNREFUSED' },
    });
    await world.submit({ to: ['b@down.test'] });
    await world.submit({ to: ['b@fine.test'] });
    await world.clock.advance(0);
    expect(told.filter(({ said }) => !said.includes(' - '))).toEqual([]);
    expect(world.remotes.taken).toEqual(['b@fine.test']);
  });

  test('that all recipients of a transaction share is told once', async () => {
    const { told, automatic } = listening();
    await using world = new World({}, { automaticLimits: automatic });
    world.remotes.behave(World.addressOf('r.test'), {
      reply: () => replyTo(450, '4.7.1', 'slow down', 'final', 3),
    });
    await world.submit({ to: ['a@r.test', 'b@r.test', 'c@r.test'] });
    await world.clock.advance(0);
    expect(told.map(({ said }) => said)).toEqual(['final 450 slow down']);
  });

  test('of this relay itself is not told', async () => {
    const { told, automatic } = listening();
    await using world = new World({}, { automaticLimits: automatic });
    world.signFails = new Error('no key');
    await world.submit({ to: ['b@r.test'] });
    await world.clock.advance(0);
    expect(told).toEqual([]);
  });

  test('comes with what was in use: of the site, and of all sites of its provider', async () => {
    const { told, automatic } = listening();
    const egress = { ...NO_ROUTES, providerOf: () => 'big' };
    await using world = new World({}, { automaticLimits: automatic, egress });
    for (const name of ['one', 'two', 'three'])
      world.routes.set(`${name}.test`, route(`mx.${name}.test`, [`192.0.2.1 ${name}.test`]));
    for (let i = 0; i < 6; i++) await world.submit({ to: [`${i}@one.test`] });
    for (let i = 0; i < 4; i++) await world.submit({ to: [`${i}@two.test`] });
    await world.clock.advance(30_000);
    expect(world.remotes.taken.length).toBe(10);
    world.remotes.behave('192.0.2.1 one.test', { reply: () => replyTo(450, '4.7.1', 'slow down') });
    await world.submit({ to: ['late@one.test'] });
    await world.clock.advance(0);
    expect(told[0]).toMatchObject({
      place: { hosts: [{ mx: 'mx.one.test', provider: 'big' }], provider: 'big' },
      site: { connections: 1, perMinute: 7 },
      provider: { perMinute: 11 },
    });
    // A minute later what went before does not count any more.
    await world.clock.advance(90_000);
    await world.submit({ to: ['later@one.test'] });
    await world.clock.advance(0);
    expect(told.at(-1)?.site.perMinute).toBeLessThan(4);
  });
});
