import { expect, it } from 'vitest';
import { createStrangerLog } from '../../../../src/smtp/server/stranger-log.ts';
import { createLog } from '../../../../src/platform/log.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

function setUp() {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'json', clock, write: (line) => lines.push(line) });
  const strangers = createStrangerLog(log, clock, { perNetwork: 2, inAll: 10 });
  const events = () =>
    lines.splice(0).map((line) => {
      const { event, client, network, lines: count } = JSON.parse(line) as Record<string, unknown>;
      return [event, client ?? network, ...(count === undefined ? [] : [count])];
    });
  return { clock, strangers, events };
}

it('writes the lines of a network up to its ration, and a minute later how many were left out', async () => {
  const { clock, strangers, events } = setUp();
  for (let i = 1; i <= 5; i++) strangers.warn('login failed', `2001:db8:7:${i}::1`, {});
  strangers.info('session ended', '192.0.2.1', {});
  expect(events()).toEqual([
    ['login failed', '2001:db8:7:1::1'],
    ['login failed', '2001:db8:7:2::1'],
    ['session ended', '192.0.2.1'],
  ]);
  await clock.advance(60_000);
  expect(events()).toEqual([['log lines left out', '2001:db8:7::/48', 3]]);
  strangers.warn('login failed', '2001:db8:7:1::1', {});
  expect(events()).toEqual([['login failed', '2001:db8:7:1::1']]);
  expect(clock.pendingTimers).toBe(0);
});

it('counts each minute by itself, without a timer while nothing is left out', async () => {
  const { clock, strangers, events } = setUp();
  for (let minute = 0; minute < 3; minute++) {
    for (let i = 0; i < 2; i++) strangers.info('request', '192.0.2.1', {});
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(60_000);
  }
  expect(events()).toHaveLength(6);
});
