/** A world in which nothing may be left unhandled: whatever is, breaks a promise. */
import type { Promises } from './promises.ts';

export async function breakingOnErrors(promises: Promises, run: () => Promise<void>): Promise<void> {
  const unhandled = (error: unknown) => {
    promises.breaks(
      `nobody handles: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  };
  process.on('unhandledRejection', unhandled);
  try {
    await run();
  } catch (error) {
    unhandled(error);
  } finally {
    process.off('unhandledRejection', unhandled);
  }
}
