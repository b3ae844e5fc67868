/**
 * The protocol between relayctl and a running relayd: one line of JSON each way, then the connection closes. Both
 * programs are of one version; an unknown operation gets an error that says so. The permissions of the socket and its
 * folder are the only authorization.
 */
import type { Renewal } from '../acme/acme-service.ts';
import type { CheckName } from '../policy/checks/registry.ts';
import type { WebhookAttempt } from '../store/webhooks.ts';

export type ControlRequest =
  | { readonly operation: 'status' }
  /** The checks of the surroundings, without regard to their schedule. */
  | { readonly operation: 'look-again'; readonly domains: readonly string[] }
  /** As SIGHUP does. */
  | { readonly operation: 'reload' }
  /** What goes on now with the hosts of a destination. */
  | { readonly operation: 'sessions'; readonly destination: string }
  /** Failed logins and blocks; of one address or user. */
  | {
      readonly operation: 'logins';
      readonly address: string | undefined;
      readonly user: string | undefined;
    }
  /** Neither address nor user: all. */
  | {
      readonly operation: 'login-clear';
      readonly address: string | undefined;
      readonly user: string | undefined;
    }
  | { readonly operation: 'webhook-test'; readonly id: string }
  | { readonly operation: 'operator-test' }
  /** `name` `undefined`: all. */
  | { readonly operation: 'certificate-renew'; readonly name: string | undefined }
  | {
      readonly operation: 'send';
      readonly from: string;
      readonly to: readonly string[];
      readonly subject: string;
      readonly text: string;
      /** Name; `undefined`: the account that owns the sender's domain. */
      readonly account: string | undefined;
      /** For the audit log: `relayctl:alice`. */
      readonly actor: string;
    };

export type Operation = ControlRequest['operation'];
export type RequestOf<Name extends Operation> = Extract<ControlRequest, { operation: Name }>;

/** The answer of each operation. */
export interface ControlAnswers {
  readonly status: RelayReport;
  readonly 'look-again': { readonly soon: true };
  /** Keys of which the old value is in force until a restart. */
  readonly reload: { readonly needsRestart: readonly string[] };
  readonly sessions: SessionsReport;
  readonly logins: LoginsReport;
  readonly 'login-clear': { readonly ended: number };
  readonly 'webhook-test': WebhookAttempt;
  readonly 'operator-test': OperatorTestReport;
  readonly 'certificate-renew': { readonly renewals: readonly Renewal[] };
  readonly send: SentReport;
}

export interface RelayReport {
  readonly pid: number;
  readonly checks: readonly {
    readonly name: CheckName;
    readonly ok: boolean;
    readonly sinceMs?: number | undefined;
    readonly detail: string;
    readonly remedy?: string | undefined;
  }[];
}

/** Times are epoch milliseconds. */
export interface SessionsReport {
  /** The longest first. */
  readonly sessions: readonly {
    readonly host: string;
    readonly sinceMs: number;
    /** A connection is on its way; else a transaction is. */
    readonly opening: boolean;
    /** `what`: a command, or `the greeting`, `the end of data`, ...; `undefined`: it does not wait for the remote. */
    readonly waitsFor?: { readonly what: string; readonly sinceMs: number } | undefined;
  }[];
  /** Those that were left out. */
  readonly more: number;
}

/** Blocks first, then the most failures. */
export interface LoginsReport {
  readonly logins: readonly {
    /** `undefined` where it is not part of it, or only its hash is known. */
    readonly address?: string | undefined;
    /** Shown only where there is such a user, or it was asked for: people type passwords in its place. */
    readonly user?: string | undefined;
    /** As in the log, in place of a user that is not shown. */
    readonly userHash?: string | undefined;
    /** It was noted before relayd was started, and not met since. */
    readonly hashed: boolean;
    readonly failures: number;
    readonly lastAtMs: number;
    /** `undefined`: not blocked. */
    readonly blockedUntilMs?: number | undefined;
  }[];
  /** Those that were left out. */
  readonly more: number;
}

/** What came of a test notice; empty: no way to the operator is configured. */
export interface OperatorTestReport {
  readonly ways: readonly {
    readonly way: 'mail' | 'webhook' | 'command';
    /** Address, origin or program. */
    readonly target: string;
    readonly ok: boolean;
    readonly outcome: string;
    readonly output?: string | undefined;
  }[];
}

export interface SentReport {
  /** `undefined`: refused. */
  readonly id?: string | undefined;
  /** The reply as over SMTP. */
  readonly reply: string;
}

/** Failure of an operation; `code` is stable. */
export interface ControlFailure {
  readonly code: string;
  readonly message: string;
}

export type ControlReply<Name extends Operation> =
  { readonly answer: ControlAnswers[Name] } | { readonly error: ControlFailure };

/** Octets of a request. A program argument has 128 KiB at most, and JSON may encode an octet as six. */
export const MOST_REQUEST_BYTES = 1024 * 1024;
export const MOST_REPLY_BYTES = 1024 * 1024;
/** The whole request must arrive within this time. */
export const REQUEST_WITHIN_MS = 5_000;
/** relayd answers within this time; relayctl waits a little longer. */
export const ANSWERS_WITHIN_MS: Readonly<Record<Operation, number>> = {
  status: 5_000,
  'look-again': 5_000,
  reload: 10_000,
  sessions: 2_000,
  logins: 5_000,
  'login-clear': 5_000,
  // One request of a webhook may take 15 s.
  'webhook-test': 20_000,
  // A program may run for 30 s.
  'operator-test': 35_000,
  // Several orders, one after the other; what is begun goes on.
  'certificate-renew': 180_000,
  send: 30_000,
};

/** The parsed request, or `undefined`: not a request of this version. */
export function parseRequest(line: string): ControlRequest | undefined {
  const request = parseObject(line);
  switch (request?.['operation']) {
    case 'status':
    case 'reload':
    case 'operator-test':
      return { operation: request['operation'] };
    case 'look-again': {
      const { domains } = request;
      return Array.isArray(domains) && domains.every(isText)
        ? { operation: 'look-again', domains }
        : undefined;
    }
    case 'sessions': {
      const { destination } = request;
      return isText(destination) ? { operation: 'sessions', destination } : undefined;
    }
    case 'logins':
    case 'login-clear': {
      const { operation, address, user } = request;
      if (!(address === undefined || isText(address)) || !(user === undefined || isText(user)))
        return undefined;
      return { operation, address, user };
    }
    case 'webhook-test': {
      const { id } = request;
      return isText(id) ? { operation: 'webhook-test', id } : undefined;
    }
    case 'certificate-renew': {
      const { name } = request;
      return name === undefined || isText(name) ? { operation: 'certificate-renew', name } : undefined;
    }
    case 'send': {
      const { from, to, subject, text, account, actor } = request;
      if (!isText(from) || !isText(subject) || !isText(text) || !isText(actor)) return undefined;
      if (!Array.isArray(to) || !to.every(isText) || !(account === undefined || isText(account)))
        return undefined;
      return { operation: 'send', from, to, subject, text, account, actor };
    }
    default:
      return undefined;
  }
}

export function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
