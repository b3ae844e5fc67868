/** `relayctl status --watch`: on a terminal, in a pipe, as JSON; until it is interrupted. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { CliStage, type Terminal } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
  stage.relayRuns();
});
afterEach(() => stage.dispose());

/** A watch that runs, and what it has printed. */
class Watch {
  readonly #stop = new AbortController();
  readonly #ran: ReturnType<CliStage['run']>;
  #looks = 0;
  printed = '';

  constructor(args: readonly string[] = [], terminal: Terminal = {}) {
    const onOut = (text: string) => (this.printed += text);
    this.#ran = stage.run(['status', '--watch', ...args], {
      ...terminal,
      interrupted: this.#stop.signal,
      onOut,
    });
  }

  /** Until it has looked once more, and waits. */
  async looked(): Promise<void> {
    const looks = ++this.#looks;
    await eventually(() => this.printed.split(/queue"?:/).length > looks);
  }

  /** Ctrl-C. */
  async interrupt(): Promise<number> {
    this.#stop.abort();
    return (await this.#ran).code;
  }
}

const FAILED = {
  name: 'dns',
  ok: false,
  sinceMs: undefined,
  detail: 'no DNS server answers',
  remedy: 'see',
} as const;

describe('status --watch', () => {
  test('draws the screen anew every two seconds', async () => {
    const watch = new Watch([], { columns: 80 });
    await watch.looked();
    const [before, first] = watch.printed.split('\u001b[H\u001b[2J');
    expect(before).toBe('');
    expect(first).toMatch(/^2026-11-24 06:12:31 UTC, Ctrl-C ends\n✓ relayd 0\.1\.0 is up for 1 h /);
    await stage.clock.advance(1_999);
    expect(watch.printed.split('\u001b[2J')).toHaveLength(2);
    await stage.accept();
    await stage.clock.advance(1);
    await watch.looked();
    const pages = watch.printed.split('\u001b[H\u001b[2J');
    expect(pages).toHaveLength(3);
    expect(pages[1]).toContain('  queue: nothing waits\n');
    expect(pages[2]).toContain('  queue: 1 queued');
    const timers = stage.clock.pendingTimers;
    expect(await watch.interrupt()).toBe(0);
    expect(stage.clock.pendingTimers).toBe(timers - 1);
  });

  test('is what status prints, page after page, where there is no terminal', async () => {
    const watch = new Watch();
    await watch.looked();
    const status = await stage.text('status');
    await stage.clock.advance(2_000);
    await watch.looked();
    await watch.interrupt();
    expect(watch.printed).toBe(`2026-11-24 06:12:31 UTC\n${status}\n2026-11-24 06:12:33 UTC\n${status}`);
    expect(watch.printed).not.toContain('\u001b');
  });

  test('with --json prints an object a line, and exits as the last look did', async () => {
    const watch = new Watch(['--json'], { columns: 80 });
    await watch.looked();
    stage.relaySays([FAILED]);
    await stage.clock.advance(2_000);
    await watch.looked();
    expect(await watch.interrupt()).toBe(1);
    const lines = watch.printed.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { at: '2026-11-24T06:12:31.000Z', running: true, checks: [{ name: 'store', ok: true }] },
      { at: '2026-11-24T06:12:33.000Z', running: true, checks: [{ name: 'dns', ok: false }] },
    ]);
  });

  test('goes on while relayd is down, and sees it come back', async () => {
    stage.relay = undefined;
    stage.onAsk = () => Promise.resolve({ kind: 'unreachable', because: 'no-socket' });
    const watch = new Watch(['--json']);
    await watch.looked();
    stage.relayRuns();
    await stage.clock.advance(2_000);
    await watch.looked();
    expect(await watch.interrupt()).toBe(0);
    const running = watch.printed
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { running: boolean }).running);
    expect(running).toEqual([false, true]);
  });

  test('that is interrupted before it began prints nothing', async () => {
    const stop = new AbortController();
    stop.abort();
    const { out, code } = await stage.run(['status', '--watch'], { interrupted: stop.signal });
    expect({ out, code }).toEqual({ out: '', code: 0 });
  });
});
