/**
 * Searches of messages that API keys ask for: a read takes some 10 ms of the thread that serves SMTP and HTTP, so one in a turn of
 * the event loop, and accounts take turns.
 */
import { eventLoop, type EventLoop } from '../platform/event-loop.ts';
import { OneAtATime, TooManyWaitingError } from '../platform/one-at-a-time.ts';
import type { MessageSearch, SearchPage, SearchReader } from '../store/search.ts';
import { tooManyRequests } from './api-error.ts';

/** About two seconds of work. */
const MOST_WAITING = 200;
const RETRY_AFTER_SECONDS = 2;

export class Searching {
  readonly #reads = new OneAtATime(MOST_WAITING);
  readonly #reader: Pick<SearchReader, 'searchMessages'>;
  readonly #loop: EventLoop;

  constructor(reader: Pick<SearchReader, 'searchMessages'>, loop = eventLoop) {
    this.#reader = reader;
    this.#loop = loop;
  }

  /** One read. Rejects as the reader does, and with ApiError 429 while too many wait. */
  async searchMessages(search: MessageSearch): Promise<SearchPage> {
    const read = async () => {
      const page = await this.#reader.searchMessages(search);
      await new Promise<void>((resolve) => {
        this.#loop.nextTurn(resolve);
      });
      return page;
    };
    return await this.#reads.run(search.accountId ?? '', read).catch((error: unknown) => {
      if (!(error instanceof TooManyWaitingError)) throw error;
      throw tooManyRequests(
        `too many searches run at once; try again in ${RETRY_AFTER_SECONDS} seconds`,
        RETRY_AFTER_SECONDS,
      );
    });
  }
}
