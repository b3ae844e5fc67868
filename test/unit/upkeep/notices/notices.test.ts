/** Notices on their way: who gets them, what is tried again, and what a restart keeps. */
import { describe, expect, it } from 'vitest';
import type { OperatorConfig } from '../../../../src/config/config.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import type { TimedResult } from '../../../../src/policy/checks/since.ts';
import { noticeSubject, type Notice } from '../../../../src/upkeep/notices/notice.ts';
import type { NoticeFile, NoticeMemory } from '../../../../src/upkeep/notices/notice-file.ts';
import { startNotices, type Notices } from '../../../../src/upkeep/notices/notices.ts';
import type { WayName, WayOutcome } from '../../../../src/upkeep/notices/ways.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const NOBODY: OperatorConfig = {
  mail: undefined,
  from: undefined,
  webhook: undefined,
  command: undefined,
  summaryMinute: undefined,
};
const ALL: OperatorConfig = {
  ...NOBODY,
  mail: 'ops@example.net',
  webhook: 'https://alerts.example.net/',
  command: ['/bin/page'],
};
const HOUR = 3_600_000;

function result(name: TimedResult['name'], ok: boolean): TimedResult {
  return { name, ok, sinceMs: 0, detail: 'seen', remedy: undefined };
}

class Desk {
  readonly clock = new VirtualClock();
  readonly sent: {
    readonly way: WayName;
    readonly id: string;
    readonly subject: string;
    readonly atMs: number;
  }[] = [];
  readonly config: { hostname: string; operator: OperatorConfig } = { hostname: 'mx.test', operator: ALL };
  memory = '';
  writes = 0;
  answer: (way: WayName) => Promise<WayOutcome> = () => Promise.resolve({ ok: true, outcome: 'taken' });
  notices: Notices;

  constructor() {
    this.notices = this.start();
  }

  /** Also after a stop: another process. */
  start(): Notices {
    const file: NoticeFile = {
      read: () =>
        this.memory === '' ? { told: {}, waiting: [] } : (JSON.parse(this.memory) as NoticeMemory),
      write: (memory) => {
        this.writes++;
        this.memory = JSON.stringify(memory);
      },
    };
    const send = (way: WayName, notice: Notice) => {
      this.sent.push({ way, id: notice.id, subject: noticeSubject(notice), atMs: this.clock.monotonic() });
      return this.answer(way);
    };
    const random = seededRandom(1);
    this.notices = startNotices({
      config: this.config,
      file,
      send,
      clock: this.clock,
      random,
      log: silentLog,
    });
    return this.notices;
  }

  get subjects(): readonly string[] {
    return this.sent.map(({ way, subject }) => `${way} ${subject}`);
  }
}

describe('notices', () => {
  it('go out by every way that is configured, under one id', async () => {
    const desk = new Desk();
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(59_000);
    expect(desk.sent).toEqual([]);
    await desk.clock.advance(1_000);
    expect(desk.subjects).toEqual(['mail', 'webhook', 'command'].map((way) => `${way} [mx.test] dns failed`));
    expect(new Set(desk.sent.map(({ id }) => id)).size).toBe(1);
    await desk.clock.advance(48 * HOUR);
    expect(desk.sent).toHaveLength(3);
    expect(desk.clock.pendingTimers).toBe(0);
  });

  it('are nobody’s where nobody is named, and of what fails then once somebody is', async () => {
    const desk = new Desk();
    desk.config.operator = NOBODY;
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(HOUR);
    expect(desk.sent).toEqual([]);
    expect(desk.writes).toBe(0);
    desk.config.operator = { ...NOBODY, mail: 'ops@example.net' };
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(60_000);
    expect(desk.subjects).toEqual(['mail [mx.test] dns failed']);
  });

  it('write to the disk only when something changes', async () => {
    const desk = new Desk();
    for (let look = 0; look < 100; look++) {
      desk.notices.observe([result('dns', look < 50), result('disk', true)]);
      await desk.clock.advance(30_000);
    }
    // The change, the notice, and what came of it by three ways.
    expect(desk.writes).toBe(5);
  });

  it('are tried again for a day by the way that failed, in order, and hold up no other', async () => {
    const desk = new Desk();
    desk.answer = (way) => Promise.resolve({ ok: way !== 'webhook', outcome: 'answered 500' });
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(60_000);
    desk.notices.observe([result('dns', false), result('disk', false)]);
    await desk.clock.advance(2 * HOUR);
    expect(desk.subjects.filter((one) => one.startsWith('mail'))).toEqual([
      'mail [mx.test] dns failed',
      'mail [mx.test] disk failed',
    ]);
    const webhook = desk.sent.filter(({ way }) => way === 'webhook');
    expect(new Set(webhook.map(({ subject }) => subject))).toEqual(new Set(['[mx.test] dns failed']));
    expect(webhook.map(({ atMs }) => atMs / 60_000)).toEqual([1, 2, 7, 22, 82]);
    desk.answer = () => Promise.resolve({ ok: true, outcome: 'answered 204' });
    await desk.clock.advance(HOUR);
    expect(desk.subjects.slice(-2)).toEqual([
      'webhook [mx.test] dns failed',
      'webhook [mx.test] disk failed',
    ]);
    expect((JSON.parse(desk.memory) as NoticeMemory).waiting).toEqual([]);
    expect(desk.clock.pendingTimers).toBe(0);
  });

  it('are given up after a day', async () => {
    const desk = new Desk();
    desk.config.operator = { ...NOBODY, command: ['/bin/page'] };
    desk.answer = () => Promise.resolve({ ok: false, outcome: 'exit code 1' });
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(72 * HOUR);
    expect(desk.sent.length).toBeLessThan(30);
    expect(desk.sent.at(-1)!.atMs).toBeGreaterThan(23 * HOUR);
    expect(desk.clock.pendingTimers).toBe(0);
  });

  it('are not kept for a way that is not configured any more', async () => {
    const desk = new Desk();
    desk.answer = (way) => Promise.resolve({ ok: way !== 'webhook', outcome: 'answered 500' });
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(60_000);
    desk.config.operator = { ...ALL, webhook: undefined };
    await desk.clock.advance(HOUR);
    expect(desk.sent.filter(({ way }) => way === 'webhook')).toHaveLength(1);
    expect(desk.clock.pendingTimers).toBe(0);
  });

  it('are bounded: a way that takes nothing keeps the newest', async () => {
    const desk = new Desk();
    desk.config.operator = { ...NOBODY, webhook: 'https://alerts.example.net/' };
    desk.answer = () => Promise.resolve({ ok: false, outcome: 'answered 500' });
    const names = ['dns', 'disk', 'clock', 'domains', 'store', 'delivery'] as const;
    for (let round = 0; round < 6; round++) {
      for (const name of names) {
        desk.notices.observe([result(name, round % 2 === 1)]);
        await desk.clock.advance(10 * 60_000);
      }
    }
    expect((JSON.parse(desk.memory) as NoticeMemory).waiting).toHaveLength(20);
  });

  it('outlive a restart: what was told stays told, what waits is sent', async () => {
    const desk = new Desk();
    desk.answer = (way) => Promise.resolve({ ok: way !== 'command', outcome: 'exit code 1' });
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(60_000);
    await desk.notices.stop();
    const { id } = desk.sent[0]!;
    desk.sent.length = 0;
    desk.answer = () => Promise.resolve({ ok: true, outcome: 'exit code 0' });
    desk.start();
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(2 * HOUR);
    expect(desk.sent.map((one) => [one.way, one.id])).toEqual([['command', id]]);
    desk.notices.observe([result('dns', true)]);
    await desk.clock.advance(60_000);
    expect(desk.subjects.slice(1)).toEqual(
      ['mail', 'webhook', 'command'].map((way) => `${way} [mx.test] dns recovered`),
    );
  });

  it('end with the relay: what a stop cuts off is sent after the next start', async () => {
    const desk = new Desk();
    let cutOff: (outcome: WayOutcome) => void = () => undefined;
    desk.config.operator = { ...NOBODY, command: ['/bin/page'] };
    desk.answer = () => new Promise((resolve) => (cutOff = resolve));
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(60_000);
    const stopped = desk.notices.stop();
    cutOff({ ok: false, outcome: 'ended, because relayd stops' });
    await stopped;
    expect(desk.clock.pendingTimers).toBe(0);
    desk.answer = () => Promise.resolve({ ok: true, outcome: 'exit code 0' });
    desk.start();
    await desk.clock.advance(0);
    expect(desk.sent.map(({ id }) => id)).toEqual([desk.sent[0]!.id, desk.sent[0]!.id]);
  });

  it('go on when the clock was set back by a year', async () => {
    const desk = new Desk();
    desk.answer = () => Promise.resolve({ ok: false, outcome: 'answered 500' });
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(60_000);
    desk.clock.jump(-365 * 24 * HOUR);
    desk.answer = () => Promise.resolve({ ok: true, outcome: 'answered 204' });
    desk.notices.observe([result('dns', false)]);
    await desk.clock.advance(0);
    expect((JSON.parse(desk.memory) as NoticeMemory).waiting).toEqual([]);
  });

  it('are tested by every way at once, whatever was told', async () => {
    const desk = new Desk();
    desk.answer = (way) => Promise.resolve({ ok: way === 'mail', outcome: 'said' });
    const tested = await desk.notices.test();
    expect(tested).toEqual([
      { way: 'mail', target: 'ops@example.net', ok: true, outcome: 'said' },
      { way: 'webhook', target: 'https://alerts.example.net', ok: false, outcome: 'said' },
      { way: 'command', target: '/bin/page', ok: false, outcome: 'said' },
    ]);
    await desk.clock.advance(HOUR);
    expect(desk.sent).toHaveLength(3);
  });
});
