/**
 * Events of one webhook that are in memory and not begun, kept apart by message: of each message one may be taken at a
 * time, in order. Events about the account itself are in a lane of their own.
 */
import type { StoredEvent } from '../store/views.ts';

/** An event to be sent. */
export interface Task {
  readonly event: StoredEvent;
  /** Tries before. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number | undefined;
  /** It comes from the delivery log, not from the event log. */
  readonly wasRecorded: boolean;
}

/** What is kept in order; the empty string for what is about the account. */
export function laneOf({ messageId }: { readonly messageId: string | undefined }): string {
  return messageId ?? '';
}

export class Lanes {
  /** Behind the one that is ready or under way. */
  readonly #waiting = new Map<string, Task[]>();
  #ready: Task[] = [];

  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** One of it is ready or under way. */
  has(lane: string): boolean {
    return this.#waiting.has(lane);
  }

  add(task: Task): void {
    const lane = laneOf(task.event);
    const waiting = this.#waiting.get(lane);
    if (waiting !== undefined) {
      waiting.push(task);
      return;
    }
    this.#waiting.set(lane, []);
    this.#ready.push(task);
  }

  /** The next one, now under way until {@link end} or {@link block} of its lane. */
  take(): Task | undefined {
    return this.#ready.shift();
  }

  /** The one under way has ended. */
  end(lane: string): void {
    const next = this.#waiting.get(lane)?.shift();
    if (next === undefined) this.#waiting.delete(lane);
    else this.#ready.push(next);
  }

  /** The one under way will be tried again: gives back those behind it. */
  block(lane: string): readonly Task[] {
    const waiting = this.#waiting.get(lane) ?? [];
    this.#waiting.delete(lane);
    return waiting;
  }
}
