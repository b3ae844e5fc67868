/**
 * The findings of a relay's checks (policy/checks/), so that a restart repeats no event: the last reported state of each, the
 * times of the last looks at the surroundings and the domains, and the events of the server. These are separate from the
 * events of accounts, which webhooks read: nothing about the server is sent to a tenant.
 */
import type { ServerEventType } from '../policy/delivery-state.ts';
import type { EventData } from './message-records.ts';

export interface CheckState {
  /** A name in the registry (policy/checks/registry.ts), possibly of another version's. */
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
  /** The next look is compared with it. */
  readonly found: string;
}

/** A domain whose finding has changed. */
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
  /** The sequence of the newest; 0 when there is none. */
  lastServerEvent(): Promise<number>;
}

export interface FindingWriter {
  /** Each check has changed its state; appends `check_failed` or `check_recovered`. */
  recordChecks(turned: readonly CheckState[], nowMs: number): Promise<void>;
  /** Appends `domain_changed` for each of `changes`; `gone`: subjects that no longer exist. */
  recordLooks(
    looks: readonly LookState[],
    changes: readonly DomainChange[],
    gone: readonly string[],
  ): Promise<void>;
}
