/** How much of one webhook is in flight and in memory at once, and how long it waits before it looks again. */

/** Concurrent requests to one receiver. */
export const CONCURRENCY = 8;
/** Concurrent retries while there are new events. */
export const RETRIES_BESIDE_NEW = CONCURRENCY / 2;
/** Events in memory whose outcomes are not written. */
export const WINDOW = 400;
/** With this many retries pending, no new event is started while the receiver fails. */
export const MOST_RETRIES = 2_000;
/** A webhook without matching events writes its cursor once in this many events. */
export const IDLE_CURSOR_STEP = 2_000;
export const LEAST_WAIT_MS = 20;
export const HELD_UP_WAIT_MS = 500;
/** After a failed read of the store. */
export const UNREADABLE_WAIT_MS = 1_000;
