/** What was removed while it was looked at is no fault of the look. */
import { StoreError } from '../store/errors.ts';

/** `undefined`: it is not there any more. Rejects with every other error. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'not-found') return undefined;
    throw error;
  }
}
