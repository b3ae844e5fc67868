/**
 * What the checks of a relay (policy/checks/) have found, so that a restart repeats no event: the state of each as it was last
 * told, when the surroundings and domains were looked at, and the events of the server. These stand apart from the events of
 * accounts, which webhooks read: what concerns the server is told to no tenant.
 */
import type { ServerEventType } from '../policy/delivery-state.ts';
import type { EventData } from './message-records.ts';

export interface CheckState {
  /** Of the registry (policy/checks/registry.ts), possibly of another version's. */
  readonly name: string;
  readonly ok: boolean;
  readonly sinceMs: number;
  readonly detail: string;
  readonly remedy: string | undefined;
}

export interface LookState {
  /** A kind of look, or the id of a domain. */
  readonly subject: string;
  readonly atMs: number;
  /** What the next look is compared with. */
  readonly found: string;
}

/** A domain whose mail is found otherwise than before. */
export interface DomainChange {
  readonly accountId: string;
  readonly atMs: number;
  readonly data: EventData;
}

export interface ServerEvent {
  /** The cursor; never reused. */
  readonly sequence: number;
  readonly type: ServerEventType;
  readonly atMs: number;
  readonly data: EventData;
}

export interface FindingReader {
  checkStates(): Promise<readonly CheckState[]>;
  lookStates(): Promise<readonly LookState[]>;
  /** Oldest first, sequence greater than `after`. */
  serverEvents(filter: { readonly after: number; readonly limit: number }): Promise<readonly ServerEvent[]>;
  /** Of the newest; 0 when there is none. */
  lastServerEvent(): Promise<number>;
}

export interface FindingWriter {
  /** Each has turned: its state, with an event `check_failed` or `check_recovered`. */
  recordChecks(turned: readonly CheckState[], nowMs: number): Promise<void>;
  /** With an event `domain_changed` for each of `changes`; `gone`: subjects that there are no more. */
  recordLooks(
    looks: readonly LookState[],
    changes: readonly DomainChange[],
    gone: readonly string[],
  ): Promise<void>;
}
