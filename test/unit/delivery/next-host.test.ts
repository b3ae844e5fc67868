import { describe, expect, test } from 'vitest';
import type { Route } from '../../../src/delivery/route/routes.ts';
import type { TransactionResult } from '../../../src/smtp/client/session.ts';
import { replyTo, type Behaviour } from './support/fake-remotes.ts';
import { HOUR_MS, World } from './support/world.ts';

const A = '192.0.2.10';
const B = '192.0.2.20';

function twoHosts(preferences: readonly [number, number] = [10, 20]): Route {
  const [first, second] = preferences;
  return {
    kind: 'hosts',
    site: 'mx-a.test,mx-b.test',
    hosts: [
      { name: 'mx-a.test', preference: first, addresses: [A] },
      { name: 'mx-b.test', preference: second, addresses: [B] },
    ],
    ttlMs: HOUR_MS,
  };
}

function world(a: Behaviour, b: Behaviour, preferences?: readonly [number, number]): World {
  const made = new World();
  made.routes.set('dest.test', twoHosts(preferences));
  made.remotes.behave(A, a);
  made.remotes.behave(B, b);
  return made;
}

function lost(change: Partial<Extract<TransactionResult, { kind: 'lost' }>> = {}): Behaviour {
  return {
    result: () => ({
      kind: 'lost',
      stage: 'mail',
      text: 'the remote closed the connection',
      reply: undefined,
      replies: [undefined],
      afterFinalDot: false,
      stale: false,
      ...change,
    }),
  };
}

const unsendable = (status: string): Behaviour => ({
  result: () => ({ kind: 'unsendable', status, text: 'it lacks that' }),
});
const says = (
  code: number,
  status: string | undefined,
  text: string,
  stage: 'mail' | 'rcpt' | 'data' | 'final' = 'rcpt',
): Behaviour => ({ reply: () => ({ reply: { code, status, text }, stage, sharedBy: 1 }) });

const OF_HOST: Readonly<Record<string, Behaviour>> = {
  'is too small for its SIZE': unsendable('5.3.4'),
  'has no SMTPUTF8': unsendable('5.6.7'),
  'closes at MAIL': lost(),
  'closes at DATA': lost({ stage: 'data' }),
  'answers MAIL 421': lost({ reply: { code: 421, status: '4.3.2', text: 'bye' } }),
  'answers MAIL 452': says(452, '4.3.1', 'no space', 'mail'),
  'answers RCPT 451': says(451, '4.3.0', 'local error'),
  'answers DATA 451': says(451, undefined, 'local error', 'data'),
};

describe('the first host', () => {
  describe.each(Object.keys(OF_HOST))('%s', (what) => {
    test.each([
      ['a backup', [10, 20]],
      ['an equal one', [10, 10]],
    ] as const)('%s is asked at once', async (_name, preferences) => {
      await using there = world(OF_HOST[what]!, {}, preferences);
      for (let i = 0; i < 4; i++) {
        await there.submit({ to: [`r${i}@dest.test`] });
        await there.clock.advance(2_000);
      }
      for (let i = 0; i < 4; i++) {
        const delivery = there.spool.of(`r${i}@dest.test`);
        expect(delivery).toMatchObject({ state: 'delivered', attempts: 1 });
        expect(delivery.events.map(({ type }) => type)).toEqual(['delivered']);
        expect(delivery.history.at(-1)).toMatchObject({ host: 'mx-b.test', replyCode: 250 });
      }
      expect(there.delivery.stats().claimed).toBe(0);
    });

    test('and so does the other: each is asked once, then the outcome stands', async () => {
      await using there = world(OF_HOST[what]!, OF_HOST[what]!);
      await there.submit({ to: ['a@dest.test'] });
      await there.clock.advance(2_000);
      const delivery = there.spool.of('a@dest.test');
      const bounces = what === 'is too small for its SIZE' || what === 'has no SMTPUTF8';
      expect(delivery.state).toBe(bounces ? 'bounced' : 'deferred');
      expect(delivery.history.map(({ host }) => host)).toEqual(['mx-a.test', 'mx-b.test']);
      expect(there.delivery.stats().claimed).toBe(0);
    });

    test('and the other cannot be reached: the outcome stands, and both are told of', async () => {
      const refuse = { stage: 'connect', reply: undefined, text: 'connection refused' } as const;
      await using there = world(OF_HOST[what]!, { refuse });
      await there.submit({ to: ['a@dest.test'] });
      await there.clock.advance(2_000);
      const delivery = there.spool.of('a@dest.test');
      expect(['bounced', 'deferred']).toContain(delivery.state);
      expect(delivery.attempts).toBe(1);
      expect(delivery.history.map(({ host }) => host)).toEqual(['mx-a.test', 'mx-b.test']);
    });
  });

  test.each<[string, Behaviour]>([
    ['greylists', says(451, '4.7.1', 'Greylisted, come back later')],
    ['says that the mailbox is busy', says(450, '4.2.1', 'busy')],
    ['says that the mailbox is full', says(452, '4.2.2', 'full')],
    ['refuses the recipient', says(550, '5.1.1', 'no such user')],
    ['puts off the message after the dot', says(451, '4.3.0', 'try later', 'final')],
    ['is lost after the dot', lost({ stage: 'final', afterFinalDot: true })],
  ])('%s: no other is asked', async (_what, behaviour) => {
    await using there = world(behaviour, {});
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.of('a@dest.test').state).not.toBe('delivered');
    expect(there.remotes.connectsTo(B)).toBe(0);
  });

  test('may take it later, and the other never: it waits', async () => {
    await using there = world(says(451, '4.3.0', 'local error'), unsendable('5.3.4'));
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.of('a@dest.test').state).toBe('deferred');
    expect(there.spool.of('a@dest.test').history.map(({ host }) => host)).toEqual(['mx-a.test', 'mx-b.test']);
  });

  test('did not answer lately, and the backup is too small: it is asked before the bounce', async () => {
    const refuse = { stage: 'connect', reply: undefined, text: 'connection refused' } as const;
    await using there = world({ refuse }, {});
    await there.submit({ to: ['small@dest.test'] });
    await there.clock.advance(20_000);
    there.remotes.behave(A, {});
    there.remotes.behave(B, unsendable('5.3.4'));
    await there.submit({ to: ['large@dest.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.of('small@dest.test').history.at(-1)).toMatchObject({ host: 'mx-b.test' });
    expect(there.spool.of('large@dest.test')).toMatchObject({ state: 'delivered' });
    expect(there.spool.of('large@dest.test').history.map(({ host }) => host)).toEqual([
      'mx-b.test',
      'mx-a.test',
    ]);
  });

  test('that is unwell costs one message a detour, and those after it none', async () => {
    await using there = world(lost(), {});
    for (let i = 0; i < 10; i++) {
      await there.submit({ to: [`r${i}@dest.test`] });
      await there.clock.advance(2_000);
    }
    expect(there.remotes.connectsTo(A)).toBe(1);
    expect(there.remotes.taken.length).toBe(10);
  });

  test('takes some recipients, and the others go to the next host', async () => {
    const reply = (recipient: string) =>
      recipient.startsWith('a')
        ? replyTo(451, '4.3.0', 'local error')
        : replyTo(250, '2.0.0', 'taken', 'final');
    await using there = world({ reply }, {});
    await there.submit({ to: ['a1@dest.test', 'b@dest.test', 'a2@dest.test'] });
    await there.clock.advance(2_000);
    for (const to of ['a1', 'b', 'a2']) expect(there.spool.of(`${to}@dest.test`).state).toBe('delivered');
    expect(there.remotes.transactions.map(({ transaction }) => transaction.forwardPaths.length)).toEqual([
      3, 2,
    ]);
    expect(there.delivery.stats()).toMatchObject({ claimed: 0, unwritten: 0 });
  });

  test('takes small messages, and with one connection allowed large ones still reach the other', async () => {
    await using there = new World({ maxConnectionsPerSite: 1, firstConnectionsPerSite: 1 });
    there.routes.set('dest.test', twoHosts());
    there.remotes.behave(A, {
      transactionMs: 10,
      result: ({ sizeBytes }) =>
        sizeBytes > 1_000 ? { kind: 'unsendable', status: '5.3.4', text: 'too big' } : undefined,
    });
    there.remotes.behave(B, { transactionMs: 10 });
    for (let i = 0; i < 60; i++)
      await there.submit({ to: [`r${i}@dest.test`], body: i % 5 === 0 ? 'x'.repeat(2_000) : 'x' });
    await there.clock.advance(10_000);
    expect(new Set(there.remotes.taken).size).toBe(60);
    expect(there.remotes.taken.length).toBe(60);
    expect(there.remotes.maxOpen).toBe(1);
    expect(there.delivery.stats().claimed).toBe(0);
  });
});

describe('a backup', () => {
  const refuse = { stage: 'connect', reply: undefined, text: 'connection refused' } as const;

  test('that does not know the user bounces the delivery and suppresses nobody', async () => {
    await using there = world({ refuse }, says(550, '5.1.1', 'user unknown'));
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(40_000);
    expect(there.spool.of('a@dest.test').state).toBe('bounced');
    expect(there.spool.suppressions).toEqual([]);
    expect(there.spool.softBounces).toEqual([]);
  });

  test('the host of best preference is believed', async () => {
    await using there = world(says(550, '5.1.1', 'user unknown'), {});
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.suppressions.length).toBe(1);
  });
});

describe('521 in the greeting', () => {
  const greets = (code: number): Behaviour => ({
    refuse: { stage: 'greeting', reply: { code, status: undefined, text: 'no mail here' }, text: '' },
  });

  test('of every host bounces all that waits, and suppresses nobody', async () => {
    await using there = world(greets(521), greets(521));
    for (let i = 0; i < 3; i++) await there.submit({ to: [`r${i}@dest.test`] });
    await there.clock.advance(2_000);
    for (let i = 0; i < 3; i++) {
      expect(there.spool.of(`r${i}@dest.test`)).toMatchObject({ state: 'bounced' });
      expect(there.spool.of(`r${i}@dest.test`).history.length).toBe(2);
    }
    expect(there.spool.suppressions).toEqual([]);
  });

  test.each([
    [
      'while another cannot be reached',
      greets(521),
      { refuse: { stage: 'connect', reply: undefined, text: '' } },
    ],
    ['550 and 554 defer', greets(550), greets(554)],
    ['556 defers', greets(556), greets(521)],
  ] as const)('%s: it waits', async (_what, a, b) => {
    await using there = world(a, b);
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.of('a@dest.test').state).toBe('deferred');
  });
});

describe('a session out of step', () => {
  const nested = (
    stage: 'mail' | 'rcpt' | 'data',
    code = 503,
    text = 'bad sequence of commands',
  ): Behaviour => ({
    result: (_transaction, session) =>
      session.transactions === 0
        ? undefined
        : { kind: 'replied', replies: [replyTo(code, '5.5.1', text, stage)] },
  });

  async function submitTogether(there: World, count: number): Promise<void> {
    for (let i = 0; i < count; i++) await there.submit({ to: [`r${i}@dest.test`] });
    await there.clock.advance(5_000);
  }

  test.each([
    ['mail', 503],
    ['rcpt', 503],
    ['data', 503],
    ['mail', 500],
    ['mail', 501],
    ['mail', 502],
    ['mail', 530],
  ] as const)('%s answered %i: a new connection at once, and no attempt is counted', async (stage, code) => {
    await using there = world(nested(stage, code), {});
    await submitTogether(there, 8);
    for (let i = 0; i < 8; i++) {
      const delivery = there.spool.of(`r${i}@dest.test`);
      expect(delivery).toMatchObject({ state: 'delivered', attempts: 1 });
      expect(delivery.history.at(-1)).toMatchObject({ host: 'mx-a.test', replyCode: 250 });
    }
    expect(there.remotes.connectsTo(B)).toBe(0);
    expect(there.delivery.stats().claimed).toBe(0);
  });

  test('a 503 on a new session defers and never bounces', async () => {
    await using there = world(
      says(503, '5.5.1', 'bad sequence', 'mail'),
      says(503, '5.5.1', 'bad sequence', 'mail'),
    );
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(HOUR_MS);
    expect(there.spool.of('a@dest.test').state).toBe('deferred');
  });

  test('502 on a new session is what it says', async () => {
    await using there = world(
      says(502, undefined, 'not implemented', 'mail'),
      says(502, undefined, 'no', 'mail'),
    );
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.of('a@dest.test').state).toBe('bounced');
  });
});

describe('TLS that breaks within the session', () => {
  const inTls: Behaviour = { ...lost(), tls: 'TLSv1.3 X' };

  function watched() {
    const asked: (string | undefined)[] = [];
    const made = new World();
    const { connect } = made.remotes;
    const there = new World(
      {},
      {
        connect: async (remote, options) => {
          asked.push(options.tlsFailedBefore);
          made.remotes.behave(
            World.addressOf('dest.test'),
            options.tlsFailedBefore === undefined ? inTls : {},
          );
          return await connect(remote, options);
        },
      },
    );
    return { made, there, asked };
  }

  test('leads to clear text after two failures, and the mail arrives', async () => {
    const { made, there, asked } = watched();
    await using _made = made;
    await using _there = there;
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(HOUR_MS);
    expect(there.spool.of('a@dest.test').state).toBe('delivered');
    expect(asked.slice(0, 2)).toEqual([undefined, undefined]);
    expect(asked.at(-1)).toContain('in TLS');
  });

  test('is never gone around where TLS is required', async () => {
    const { made, there, asked } = watched();
    await using _made = made;
    await using _there = there;
    await there.submit({ to: ['a@dest.test'], facts: { requireTls: true } });
    await there.clock.advance(3 * HOUR_MS);
    expect(there.spool.of('a@dest.test').state).toBe('deferred');
    expect(asked.every((reason) => reason === undefined)).toBe(true);
  });

  test('gets another chance after a while', async () => {
    const { made, there, asked } = watched();
    await using _made = made;
    await using _there = there;
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(HOUR_MS);
    await there.clock.advance(2 * HOUR_MS);
    await there.submit({ to: ['b@dest.test'] });
    await there.clock.advance(1_000);
    expect(asked.at(-1)).toBeUndefined();
  });
});

describe('what is known of a host', () => {
  const two = (...names: string[]) => ({
    kind: 'hosts' as const,
    site: names.join(','),
    hosts: names.map((name, at) => ({ name, preference: 10 * at, addresses: [`192.0.2.9 ${name}`] })),
    ttlMs: HOUR_MS,
  });

  test('that is out of reach is known to the next domain that names it, for a while', async () => {
    await using there = new World();
    there.remotes.behave('192.0.2.9 dead', { refuse: { stage: 'connect', reply: undefined, text: '' } });
    for (const [index, spare] of ['one', 'two', 'three'].entries()) {
      there.routes.set(`d${index}.test`, two('dead', spare));
      await there.submit({ to: [`a@d${index}.test`] });
      await there.clock.advance(60_000);
      expect(there.spool.of(`a@d${index}.test`).state).toBe('delivered');
    }
    expect(there.remotes.connectsTo('192.0.2.9 dead')).toBe(1);
    await there.clock.advance(5 * 60_000);
    await there.submit({ to: ['b@d1.test'] });
    await there.clock.advance(60_000);
    expect(there.remotes.connectsTo('192.0.2.9 dead')).toBe(2);
  });

  test('whose TLS breaks is known to other domains, also after everything was idle, and never where TLS is required', async () => {
    await using there = new World();
    const told: (string | undefined)[] = [];
    const broken = () => there.remotes.behave('192.0.2.9 mx', { ...lost(), tls: 'TLSv1.3 X' });
    for (const [domain, spare] of [
      ['one.test', 'x'],
      ['two.test', 'y'],
      ['must.test', 'z'],
    ] as const)
      there.routes.set(domain, two('mx', spare));
    for (const spare of ['x', 'y', 'z'])
      there.remotes.behave(`192.0.2.9 ${spare}`, {
        refuse: { stage: 'connect', reply: undefined, text: '' },
      });
    broken();
    await there.submit({ to: ['a@one.test'] });
    // Two sessions that break; from the third on it is spoken to in clear.
    await there.clock.advance(8 * 60_000);
    there.remotes.behave('192.0.2.9 mx', {});
    await there.clock.advance(20 * 60_000);
    const before = there.remotes.requests.length;
    await there.submit({ to: ['b@two.test'] });
    await there.submit({ to: ['c@must.test'], facts: { requireTls: true } });
    await there.clock.advance(1_000);
    there.remotes.connects.slice(before).forEach(({ host }, at) => {
      const { requireTls, tlsFailedBefore } = there.remotes.requests[before + at]!;
      if (host === 'mx') told.push(requireTls ? `required: ${tlsFailedBefore}` : tlsFailedBefore);
    });
    expect(told).toContainEqual(expect.stringContaining('in TLS'));
    expect(told).toContain('required: undefined');
    expect(there.spool.of('b@two.test').state).toBe('delivered');
  });

  test('that greets with 521, and is the only one, bounces mail of every domain that names it', async () => {
    await using there = new World();
    there.remotes.behave('192.0.2.9 no', {
      refuse: { stage: 'greeting', reply: { code: 521, status: undefined, text: 'no mail here' }, text: '' },
    });
    for (const domain of ['one.test', 'two.test']) {
      there.routes.set(domain, two('no'));
      await there.submit({ to: [`a@${domain}`, `b@${domain}`] });
    }
    await there.clock.advance(2_000);
    for (const to of ['a@one.test', 'b@one.test', 'a@two.test', 'b@two.test'])
      expect(there.spool.of(to).state).toBe('bounced');
    // It is no outage: the next message is told the same.
    await there.clock.advance(HOUR_MS);
    await there.submit({ to: ['c@one.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.of('c@one.test').state).toBe('bounced');
  });
});

describe('too many recipients', () => {
  const takes = (most: number, code: number, status: string | undefined, text: string): Behaviour => ({
    result: ({ forwardPaths }) => ({
      kind: 'replied',
      replies: forwardPaths.map((_path, index) =>
        index < most
          ? replyTo(250, '2.0.0', 'taken', 'final', most)
          : { reply: { code, status, text }, stage: 'rcpt', sharedBy: 1 },
      ),
    }),
  });
  const to = Array.from({ length: 7 }, (_, i) => `r${i}@dest.test`);

  test.each([
    [452, '4.5.3', 'too many'],
    [552, '5.5.3', 'too many'],
    [550, '5.5.3', 'too many'],
    [554, '5.5.3', 'too many'],
    [550, undefined, 'Too many recipients'],
    [554, '5.7.1', 'too many recipients in this message'],
  ])('%i %s %s after some were taken splits the transaction', async (code, status, text) => {
    await using there = world(takes(3, code, status, text), {});
    await there.submit({ to });
    await there.clock.advance(2_000);
    for (const one of to) expect(there.spool.of(one)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(there.remotes.transactions.map(({ transaction }) => transaction.forwardPaths.length)).toEqual([
      7, 4, 1,
    ]);
    expect(new Set(there.remotes.transactions.map(({ session }) => session)).size).toBe(1);
  });

  test('550 to the first recipient bounces, 552 defers', async () => {
    await using there = world(takes(0, 550, '5.5.3', 'too many'), {});
    await there.submit({ to: ['a@dest.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.of('a@dest.test').state).toBe('bounced');
    there.remotes.behave(A, takes(0, 552, '5.5.3', 'too many'));
    await there.submit({ to: ['b@dest.test'] });
    await there.clock.advance(2_000);
    expect(there.spool.of('b@dest.test').state).toBe('deferred');
  });
});
