import { describe, expect, it } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { startFakeMx } from '../../../support/fake-mx.ts';
import { DEFAULT_EXTENSIONS } from '../../../support/fake-mx-options.ts';
import { lossOf, outbound, repliesOf, sessionFor } from '../../../support/outbound.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const PLAIN = DEFAULT_EXTENSIONS.filter((keyword) => keyword !== 'STARTTLS');
const STEP_BY_STEP = PLAIN.filter((keyword) => keyword !== 'PIPELINING');

describe.each([
  ['pipelined', PLAIN],
  ['step by step', STEP_BY_STEP],
  ['pipelined in TLS', DEFAULT_EXTENSIONS],
])('%s', (_name, extensions) => {
  it('gives every recipient the reply to the final dot, shared', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const replies = repliesOf(await session.transact(outbound(['a@x.test', 'b@x.test'])));
    expect(replies).toEqual([
      { reply: { code: 250, status: '2.0.0', text: 'taken as 1' }, stage: 'final', sharedBy: 2 },
      { reply: { code: 250, status: '2.0.0', text: 'taken as 1' }, stage: 'final', sharedBy: 2 },
    ]);
    expect(session.transactions).toBe(1);
    expect(mx.messages[0]?.recipients.map(({ address }) => address)).toEqual(['a@x.test', 'b@x.test']);
    await session.quit();
  });

  it('keeps refused recipients apart from those that the message went to', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const replies = repliesOf(
      await session.transact(
        outbound(['bounce-550-5.1.1@x.test', 'a@x.test', 'defer-451-4.7.1@x.test', 'b@x.test']),
      ),
    );
    expect(replies.map(({ reply, stage, sharedBy }) => [reply.code, reply.status, stage, sharedBy])).toEqual([
      [550, '5.1.1', 'rcpt', 1],
      [250, '2.0.0', 'final', 2],
      [451, '4.7.1', 'rcpt', 1],
      [250, '2.0.0', 'final', 2],
    ]);
    await session.quit();
  });

  it('is ready for the next message when every recipient was refused', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const refused = repliesOf(await session.transact(outbound(['bounce-550-5.1.1@x.test'])));
    expect(refused).toMatchObject([{ reply: { code: 550 }, stage: 'rcpt', sharedBy: 1 }]);
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
    expect(mx.commands).toContain('RSET');
    expect(mx.messageCount).toBe(1);
    expect(mx.connectionCount).toBe(1);
    await session.quit();
  });

  it('gives all recipients the reply to MAIL when that refused, and stays usable', async () => {
    await using mx = await startFakeMx({
      extensions,
      respond: (command) => (command.startsWith('MAIL FROM:<bad') ? '550 5.7.1 not from you' : undefined),
    });
    const session = await sessionFor(mx);
    const bad = outbound(['a@x.test', 'b@x.test'], { reversePath: 'bad@example.test' });
    expect(repliesOf(await session.transact(bad))).toMatchObject([
      { reply: { code: 550, status: '5.7.1' }, stage: 'mail', sharedBy: 2 },
      { reply: { code: 550 }, stage: 'mail', sharedBy: 2 },
    ]);
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
    expect(mx.messageCount).toBe(1);
    await session.quit();
  });

  it('tells a refused DATA and a refused content apart', async () => {
    await using mx = await startFakeMx({
      extensions,
      respond: (command, { messages }) =>
        command === 'DATA' && messages === 1 ? '451 4.3.0 not now' : undefined,
    });
    const session = await sessionFor(mx);
    expect(repliesOf(await session.transact(outbound(['data-554-5.7.1@x.test'])))).toMatchObject([
      { reply: { code: 554, status: '5.7.1' }, stage: 'final', sharedBy: 1 },
    ]);
    expect(repliesOf(await session.transact(outbound(['a@x.test', 'b@x.test'])))).toMatchObject([
      { reply: { code: 451 }, stage: 'data', sharedBy: 2 },
      { reply: { code: 451 }, stage: 'data', sharedBy: 2 },
    ]);
    mx.change({ respond: () => undefined });
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
    await session.quit();
  });

  it('sends many messages over one connection', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    for (let n = 0; n < 50; n++) {
      const replies = repliesOf(await session.transact(outbound([`user${n}@x.test`])));
      expect(replies[0]?.reply.code).toBe(250);
    }
    expect(session.transactions).toBe(50);
    expect(mx.connectionCount).toBe(1);
    await session.quit();
    expect(mx.commands.at(-1)).toBe('QUIT');
    await eventually(() => mx.openConnections === 0);
  });

  it('ends at a 421 to RCPT, with what was answered before', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const loss = lossOf(
      await session.transact(outbound(['bounce-550-5.1.1@x.test', '421-after-mail@x.test', 'a@x.test'])),
    );
    expect(loss).toMatchObject({
      stage: 'rcpt',
      reply: { code: 421, status: '4.7.0' },
      replies: [{ reply: { code: 550 }, stage: 'rcpt' }, undefined, undefined],
      afterFinalDot: false,
      stale: false,
    });
    expect(session.usable).toBe(false);
  });

  it('takes a 421 to the final dot for the message’s reply, and ends', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    expect(repliesOf(await session.transact(outbound(['421-after-dot@x.test'])))).toMatchObject([
      { reply: { code: 421 }, stage: 'final' },
    ]);
    expect(session.usable).toBe(false);
  });

  it('says when the connection was lost before the content was through', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const content = Buffer.alloc(8 * 1024 * 1024, 'a line of text without an end in sight\r\n');
    const loss = lossOf(await session.transact(outbound(['drop-in-data@x.test'], { content })));
    expect(loss).toMatchObject({ stage: 'data', reply: undefined, afterFinalDot: false, stale: false });
    expect(mx.messageCount).toBe(0);
  });

  it('says when the connection was lost after the final dot', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const loss = lossOf(
      await session.transact(outbound(['drop-after-dot@x.test', 'bounce-550-5.1.1@x.test'])),
    );
    expect(loss).toMatchObject({
      stage: 'final',
      replies: [undefined, { reply: { code: 550 } }],
      afterFinalDot: true,
      stale: false,
    });
    expect(mx.messageCount).toBe(1);
  });

  it('says when the connection was lost at RCPT', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    expect(lossOf(await session.transact(outbound(['a@x.test', 'drop-at-rcpt@x.test'])))).toMatchObject({
      stage: 'rcpt',
      replies: [undefined, undefined],
      afterFinalDot: false,
    });
  });

  it('waits ten minutes for the reply to the final dot, not longer', async () => {
    const clock = new VirtualClock();
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx, { clock });
    const sending = session.transact(outbound(['silent-after-dot@x.test']));
    await eventually(() => mx.messageCount === 1);
    await clock.advance(599_000);
    expect(session.usable).toBe(true);
    await clock.advance(1_000);
    expect(lossOf(await sending)).toMatchObject({
      stage: 'final',
      afterFinalDot: true,
      text: 'waited in vain for a reply within 600 s',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('can be destroyed in the middle', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const sending = session.transact(outbound(['silent-at-rcpt@x.test']));
    await eventually(() => mx.commands.some((command) => command.startsWith('RCPT')));
    session.destroy();
    const loss = lossOf(await sending);
    expect(loss).toMatchObject({ text: 'closed by us', stale: false });
    // In a pipeline RCPT may have arrived there before the reply to MAIL was read here.
    expect(extensions.includes('PIPELINING') ? ['mail', 'rcpt'] : ['rcpt']).toContain(loss.stage);
    await eventually(() => mx.openConnections === 0);
  });

  it('does not end a message whose content failed', async () => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    const content = function* () {
      yield Buffer.from('Subject: half\r\n\r\n');
      throw new Error('the disk went away');
    };
    await expect(session.transact(outbound(['a@x.test'], { content }))).rejects.toThrow('the disk went away');
    expect(session.usable).toBe(false);
    await eventually(() => mx.openConnections === 0);
    expect(mx.messageCount).toBe(0);
  });
});

describe('a reused session', () => {
  it('is stale when the remote had gone meanwhile', async () => {
    await using mx = await startFakeMx({ extensions: PLAIN });
    const session = await sessionFor(mx);
    let ended = 0;
    session.onEnd(() => ended++);
    await session.transact(outbound(['a@x.test']));
    mx.dropConnections();
    expect(lossOf(await session.transact(outbound(['b@x.test'])))).toMatchObject({
      stage: 'mail',
      stale: true,
      afterFinalDot: false,
    });
    expect(session.usable).toBe(false);
    expect(ended).toBe(0);
  });

  it('tells its owner when it ends while idle, and is stale then too', async () => {
    await using mx = await startFakeMx({ extensions: PLAIN });
    const session = await sessionFor(mx);
    let ended = 0;
    session.onEnd(() => ended++);
    await session.transact(outbound(['a@x.test']));
    mx.dropConnections();
    await eventually(() => ended === 1);
    expect(session.usable).toBe(false);
    expect(lossOf(await session.transact(outbound(['b@x.test'])))).toMatchObject({ stale: true });
    const late = await new Promise((resolve) => {
      session.onEnd(() => resolve('told'));
    });
    expect(late).toBe('told');
    expect(ended).toBe(1);
  });

  it('is stale when a 421 is the first thing it hears', async () => {
    await using mx = await startFakeMx({ extensions: PLAIN, maxTransactions: 1 });
    const session = await sessionFor(mx);
    await session.transact(outbound(['a@x.test']));
    expect(lossOf(await session.transact(outbound(['b@x.test'])))).toMatchObject({
      stage: 'mail',
      reply: { code: 421 },
      stale: true,
    });
  });

  it.each([
    ['in clear', PLAIN],
    ['in TLS', DEFAULT_EXTENSIONS],
  ])('keeps the 421 of a remote that closed it while idle (%s)', async (_name, extensions) => {
    await using mx = await startFakeMx({ extensions });
    const session = await sessionFor(mx);
    let ended = 0;
    session.onEnd(() => ended++);
    await session.transact(outbound(['a@x.test']));
    mx.sayAndCloseConnections('421 4.3.2 going down');
    await eventually(() => ended === 1);
    expect(lossOf(await session.transact(outbound(['b@x.test'])))).toMatchObject({
      reply: { code: 421, status: '4.3.2' },
      text: 'the remote closed the session: 421 4.3.2 going down',
      stale: true,
    });
  });

  it('keeps the reply to the message when a 421 comes in one piece with it', async () => {
    await using mx = await startFakeMx({
      extensions: PLAIN,
      respond: (command) =>
        command === '.' ? { raw: '250 2.0.0 ok\r\n421 4.4.2 enough\r\n', thenClose: true } : undefined,
    });
    const session = await sessionFor(mx);
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
    await eventually(() => !session.usable);
    expect(lossOf(await session.transact(outbound(['b@x.test'])))).toMatchObject({
      reply: { code: 421 },
      stale: true,
    });
  });

  it('is not stale once something was heard', async () => {
    await using mx = await startFakeMx({ extensions: PLAIN });
    const session = await sessionFor(mx);
    await session.transact(outbound(['a@x.test']));
    expect(lossOf(await session.transact(outbound(['drop-at-rcpt@x.test'])))).toMatchObject({
      stage: 'rcpt',
      stale: false,
    });
  });

  it('is not stale before its first transaction', async () => {
    await using mx = await startFakeMx({ extensions: PLAIN });
    const session = await sessionFor(mx);
    mx.dropConnections();
    expect(lossOf(await session.transact(outbound(['a@x.test'])))).toMatchObject({ stale: false });
  });

  it('keeps no timer running while it is idle', async () => {
    const clock = new VirtualClock();
    await using mx = await startFakeMx({ extensions: PLAIN });
    const session = await sessionFor(mx, { clock });
    await session.transact(outbound(['a@x.test']));
    await clock.advance(86_400_000);
    expect(clock.pendingTimers).toBe(0);
    expect(session.usable).toBe(true);
    session.destroy();
  });
});

describe('what a remote may get wrong', () => {
  it('a 354 without a recipient gets a lone dot', async () => {
    await using mx = await startFakeMx({ extensions: PLAIN, dataWithoutRecipients: '354' });
    const session = await sessionFor(mx);
    expect(repliesOf(await session.transact(outbound(['bounce-550-5.1.1@x.test'])))).toMatchObject([
      { reply: { code: 550 }, stage: 'rcpt' },
    ]);
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply.code).toBe(250);
    expect(mx.messages).toHaveLength(1);
    expect(mx.connectionCount).toBe(1);
    await session.quit();
  });

  it.each([
    ['step by step', STEP_BY_STEP],
    ['pipelined', PLAIN],
  ])('a refused RSET ends the session and is nobody’s reply (%s)', async (_name, extensions) => {
    await using mx = await startFakeMx({
      extensions,
      respond: (command) => (command === 'RSET' ? '500 5.5.1 never heard of it' : undefined),
    });
    const session = await sessionFor(mx);
    await session.transact(outbound(['bounce-550-5.1.1@x.test']));
    expect(lossOf(await session.transact(outbound(['a@x.test'])))).toMatchObject({
      stage: 'mail',
      reply: undefined,
      text: 'the remote answered RSET with 500',
    });
    expect(session.usable).toBe(false);
  });

  it.each(['503 5.5.1 nested MAIL command', '451 4.3.0 later'])(
    'MAIL answered %s, RCPT taken all the same, DATA 354: it closes, and ends no empty message',
    async (refusal) => {
      await using mx = await startFakeMx({
        respond: (command) => {
          if (command.startsWith('MAIL')) return refusal;
          if (command.startsWith('RCPT')) return { raw: '250 2.1.5 taken\r\n' };
          return command === 'DATA' ? { raw: '354 go on\r\n' } : undefined;
        },
      });
      const session = await sessionFor(mx);
      const replies = repliesOf(await session.transact(outbound(['a@x.test', 'b@x.test'])));
      expect(replies.map(({ reply, stage }) => [reply.code, stage])).toEqual(
        Array.from({ length: 2 }, () => [Number(refusal.slice(0, 3)), 'mail']),
      );
      expect(session.usable).toBe(false);
      await eventually(() => mx.openConnections === 0);
      expect(mx.commands).not.toContain('.');
    },
  );

  it('a 421 behind the refusal of MAIL leaves the refusal standing', async () => {
    await using mx = await startFakeMx({
      extensions: PLAIN,
      respond: (command) =>
        command.startsWith('MAIL')
          ? '550 5.7.1 not from you'
          : command.startsWith('RCPT')
            ? '421 4.7.0 and go away'
            : undefined,
    });
    const session = await sessionFor(mx);
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))).toMatchObject([
      { reply: { code: 550 }, stage: 'mail' },
    ]);
    expect(session.usable).toBe(false);
  });

  it('a refusal in one piece with 354 is kept, and the message is not ended', async () => {
    await using mx = await startFakeMx({
      extensions: PLAIN,
      respond: (command) =>
        command === 'DATA' ? { raw: '354 go on\r\n552 5.3.4 that is enough\r\n' } : undefined,
    });
    const session = await sessionFor(mx);
    const content = Buffer.alloc(1024 * 1024, 'x'.repeat(70) + '\r\n');
    expect(lossOf(await session.transact(outbound(['a@x.test'], { content })))).toMatchObject({
      stage: 'data',
      reply: { code: 552, status: '5.3.4' },
      afterFinalDot: false,
    });
    expect(session.usable).toBe(false);
    expect(mx.messageCount).toBe(0);
  });

  it('a refusal while the content is on its way settles the message', async () => {
    let lines = 0;
    await using mx = await startFakeMx({
      extensions: PLAIN,
      // The fake takes the content's lines for commands: the first is refused, no other answered.
      respond: (command) => {
        if (command === 'DATA') return { raw: '354 go on\r\n' };
        if (!command.startsWith('xxx')) return undefined;
        return lines++ === 0 ? '552 5.3.4 that is enough' : { fault: 'silent' };
      },
    });
    const session = await sessionFor(mx);
    const chunk = Buffer.alloc(100_000, 'x'.repeat(70) + '\r\n');
    const content = async function* () {
      yield chunk;
      await eventually(() => lines > 0);
      for (;;) yield chunk;
    };
    expect(repliesOf(await session.transact(outbound(['a@x.test', 'b@x.test'], { content })))).toMatchObject([
      { reply: { code: 552, status: '5.3.4' }, stage: 'final', sharedBy: 2 },
      { reply: { code: 552, status: '5.3.4' }, stage: 'final', sharedBy: 2 },
    ]);
    expect(session.usable).toBe(false);
    expect(mx.messageCount).toBe(0);
  });

  it.each([
    ['MAIL', 'mail', '354 what'],
    ['RCPT', 'rcpt', '354 what'],
    ['DATA', 'data', '250 what'],
  ])('an answer to %s that means nothing ends the session', async (verb, stage, answer) => {
    await using mx = await startFakeMx({
      extensions: STEP_BY_STEP,
      respond: (command) => (command.startsWith(verb) ? { reply: answer } : undefined),
    });
    const session = await sessionFor(mx);
    const loss = lossOf(await session.transact(outbound(['a@x.test'])));
    expect(loss).toMatchObject({ stage, reply: undefined, afterFinalDot: false });
    expect(loss.text).toContain(verb);
    expect(session.usable).toBe(false);
  });

  it('text with control characters arrives without them', async () => {
    await using mx = await startFakeMx({
      extensions: PLAIN,
      respond: (command) =>
        command.startsWith('RCPT') ? '550 5.1.1 no\u001b[31m such\u0000 user' : undefined,
    });
    const session = await sessionFor(mx);
    expect(repliesOf(await session.transact(outbound(['a@x.test'])))[0]?.reply).toEqual({
      code: 550,
      status: '5.1.1',
      text: 'no [31m such  user',
    });
    await session.quit();
  });

  it('a QUIT that is never answered does not hold us for long', async () => {
    const clock = new VirtualClock();
    await using mx = await startFakeMx({
      extensions: PLAIN,
      respond: (command) => (command === 'QUIT' ? { fault: 'silent' } : undefined),
    });
    const session = await sessionFor(mx, { clock });
    const quitting = session.quit();
    await eventually(() => mx.commands.includes('QUIT'));
    await clock.advance(5_000);
    await quitting;
    expect(clock.pendingTimers).toBe(0);
    await eventually(() => mx.openConnections === 0);
  });

  it('a reset is no uncaught error', async () => {
    await using mx = await startFakeMx({
      extensions: PLAIN,
      respond: (command) => (command.startsWith('MAIL') ? { fault: 'reset' } : undefined),
    });
    const session = await sessionFor(mx);
    expect(lossOf(await session.transact(outbound(['a@x.test'])))).toMatchObject({ stage: 'mail' });
  });
});
