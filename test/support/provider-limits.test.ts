/** The limits of the fake provider, met by the relay's own SMTP client: other tests rely on what it counts. */
import { describe, expect, it } from 'vitest';
import type { TransactionResult } from '../../src/smtp/client/session.ts';
import { eventually } from './eventually.ts';
import { startFakeMx } from './fake-mx.ts';
import { connectTo, outbound, sessionFor } from './outbound.ts';
import { mostInAWindow, ProviderLimits } from './provider-limits.ts';
import { VirtualClock } from './virtual-clock.ts';

const replyOf = (result: TransactionResult): string => {
  const reply = result.kind === 'lost' ? result.reply : undefined;
  const first = result.kind === 'replied' ? result.replies[0]?.reply : reply;
  return first === undefined ? result.kind : `${first.code} ${first.status ?? ''} ${first.text}`;
};

describe('a provider with limits', () => {
  it('refuses a connection too many over all of its hosts, and takes one when another has ended', async () => {
    const limits = new ProviderLimits({ connections: 2 });
    await using one = await startFakeMx({ limits });
    await using other = await startFakeMx({ limits });
    const first = await sessionFor(one);
    const second = await sessionFor(other);
    expect(await connectTo(one, {})).toMatchObject({
      ...{ kind: 'failed', stage: 'greeting' },
      reply: { code: 421, text: 'too many connections from 127.0.0.1' },
    });
    expect(limits.violations).toMatchObject([{ client: '127.0.0.1', kind: 'connections' }]);
    await first.quit();
    await eventually(() => one.openConnections === 0);
    const third = await sessionFor(one);
    await third.quit();
    await second.quit();
    expect(limits.violations).toHaveLength(1);
  });

  it('refuses connections beyond those of a minute', async () => {
    const clock = new VirtualClock();
    const limits = new ProviderLimits({ connectionsPerMinute: 2, clock });
    await using mx = await startFakeMx({ limits });
    for (let count = 0; count < 2; count++) await (await sessionFor(mx)).quit();
    expect(await connectTo(mx, {})).toMatchObject({ kind: 'failed', reply: { code: 421 } });
    await clock.advance(60_000);
    await (await sessionFor(mx)).quit();
    expect(limits.violations.map(({ kind }) => kind)).toEqual(['connections-per-minute']);
  });

  it('ends a connection on which too many messages come', async () => {
    const limits = new ProviderLimits({ messagesPerConnection: 1 });
    await using mx = await startFakeMx({ limits });
    const session = await sessionFor(mx);
    expect(replyOf(await session.transact(outbound(['a@x.test'])))).toMatch(/^250 /);
    expect(replyOf(await session.transact(outbound(['b@x.test'])))).toBe(
      '421 4.7.0 too many messages on this connection',
    );
    expect(mx.messageCount).toBe(1);
  });

  it('counts messages in any window, and says how long to wait', async () => {
    const clock = new VirtualClock();
    const limits = new ProviderLimits({ messages: { count: 2, windowMs: 10_000 }, code: 450, clock });
    await using mx = await startFakeMx({ limits });
    const session = await sessionFor(mx);
    const send = async () => replyOf(await session.transact(outbound(['a@x.test'])));
    expect(await send()).toMatch(/^250 /);
    await clock.advance(4_000);
    expect(await send()).toMatch(/^250 /);
    expect(await send()).toBe('450 4.7.1 rate limit exceeded, try again in 6 seconds');
    await clock.advance(6_000);
    expect(await send()).toMatch(/^250 /);
    expect(await send()).toBe('450 4.7.1 rate limit exceeded, try again in 4 seconds');
    expect(mostInAWindow(limits.begunAtMs('127.0.0.1'), 10_000)).toBe(2);
    await session.quit();
  });

  it('takes nothing for a while after too many violations', async () => {
    const clock = new VirtualClock();
    const limits = new ProviderLimits({
      ...{ messages: { count: 1, windowMs: 1_000 }, clock },
      suspends: { violations: 2, forMs: 30_000 },
    });
    await using mx = await startFakeMx({ limits });
    const send = async () => replyOf(await (await sessionFor(mx)).transact(outbound(['a@x.test'])));
    expect(await send()).toMatch(/^250 /);
    for (let count = 0; count < 2; count++)
      expect(await send()).toBe('421 4.7.28 unusual rate of mail from 127.0.0.1');
    expect(await connectTo(mx, {})).toMatchObject({
      reply: { text: 'suspended, try again in 30 seconds' },
    });
    await clock.advance(30_000);
    expect(await send()).toMatch(/^250 /);
  });
});
