import { describe, expect, it } from 'vitest';
import { delay, systemClock, TimeoutError, withTimeout } from '../../../src/platform/clock.ts';
import { OwnedPromises } from '../../../src/platform/lifecycle.ts';

describe('OwnedPromises', () => {
  it('waits for everything owned, also for what that starts', async () => {
    const done: string[] = [];
    const background = new OwnedPromises((error) => done.push(String(error)));
    background.run(
      (async () => {
        await delay(systemClock, 1);
        done.push('first');
        background.run(delay(systemClock, 1).then(() => void done.push('second')));
      })(),
    );
    expect(background.size).toBe(1);
    await background.idle();
    expect(done).toEqual(['first', 'second']);
    expect(background.size).toBe(0);
  });

  it('hears each rejection once and stays usable', async () => {
    const errors: unknown[] = [];
    const background = new OwnedPromises((error) => errors.push(error));
    const bug = new Error('bug');
    background.run(Promise.reject(bug));
    await background.idle();
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
