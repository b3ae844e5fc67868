/**
 * Waiting for a condition of the outside world (a socket, a child process, a file) without guessing how long it
 * takes. It asks again every few milliseconds of real time until the condition holds; tests never sleep.
 */

export interface EventuallyOptions {
  /** Real milliseconds before it gives up. Default 10,000: generous, since it is only waited for in failures. */
  readonly timeoutMs?: number;
  /** Names the condition in the error. */
  readonly what?: string;
  /** Real milliseconds between two questions. Default 5. */
  readonly everyMs?: number;
}

/**
 * Resolves with the condition's value as soon as that is truthy. A condition that throws (an `expect` inside it,
 * for one) has not come true yet; its last error is the cause when the time is up.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, what = 'the condition', everyMs = 5 }: EventuallyOptions = {},
): Promise<T> {
  const endsAt = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= endsAt) {
      const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
      throw new Error(`${what} did not come true within ${timeoutMs} ms${reason}`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
