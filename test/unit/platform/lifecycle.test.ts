import { describe, expect, it } from 'vitest';
import { delay, systemClock, TimeoutError, withTimeout } from '../../../src/platform/clock.ts';
import { Tasks } from '../../../src/platform/lifecycle.ts';

describe('Tasks', () => {
  it('waits for everything owned, also for what that starts', async () => {
    const done: string[] = [];
    const tasks = new Tasks((error) => done.push(String(error)));
    tasks.run(
      (async () => {
        await delay(systemClock, 1);
        done.push('first');
        tasks.run(delay(systemClock, 1).then(() => void done.push('second')));
      })(),
    );
    expect(tasks.size).toBe(1);
    await tasks.idle();
    expect(done).toEqual(['first', 'second']);
    expect(tasks.size).toBe(0);
  });

  it('hears each rejection once and stays usable', async () => {
    const errors: unknown[] = [];
    const tasks = new Tasks((error) => errors.push(error));
    const bug = new Error('bug');
    tasks.run(Promise.reject(bug));
    await tasks.idle();
    expect(errors).toEqual([bug]);
  });
});

describe('withTimeout', () => {
  it('passes the result on, and leaves no timer behind', async () => {
    let cancelled = 0;
    const clock = { ...systemClock, after: () => ({ cancel: () => cancelled++ }) };
    await expect(withTimeout(clock, 50, 'work', Promise.resolve(1))).resolves.toBe(1);
    await expect(withTimeout(clock, 50, 'work', Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(cancelled).toBe(2);
  });

  it('names what took too long', async () => {
    const never = new Promise<void>(() => undefined);
    const failure = await withTimeout(systemClock, 1, 'the answer', never).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TimeoutError);
    expect(failure).toMatchObject({ code: 'timeout', what: 'the answer', timeoutMs: 1 });
  });
});
