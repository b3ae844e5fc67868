/** Clients that go on submitting while relayd goes away and comes back, and a stage made for them. */
import type { Zone } from '../../support/dns-zone.ts';
import { eventually } from '../../support/eventually.ts';
import type { FakeMxOptions } from '../../support/fake-mx-options.ts';
import type { TomlTables } from '../../e2e/support/relay-process.ts';
import { SmtpTalk } from '../../e2e/support/smtp-talk.ts';
import { Stage } from '../../e2e/support/stage.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { contentOf, FROM, recipientOf, type Ledger } from './ledger.ts';

export interface FaultStageOptions {
  readonly ledger: Ledger;
  readonly env?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
  readonly config?: TomlTables;
  readonly zone?: Zone;
  readonly mx?: FakeMxOptions;
}

/** A relay that takes mail from 127.0.0.1 without a login and tries again after a second. */
export async function startFaultStage({
  ledger,
  config = {},
  mx,
  ...options
}: FaultStageOptions): Promise<Stage> {
  const stage = await Stage.start({
    ...options,
    config: { delivery: { retry_schedule: ['1s'] }, log: { level: 'warn' }, ...config },
    mx: { keepMessages: false, onMessage: ledger.note, ...mx },
  });
  await allowLoopback(stage);
  return stage;
}

export async function allowLoopback(stage: Stage): Promise<void> {
  await stage.relay.ctl(
    ...['credential', 'add', '--kind', 'network', '--name', 'load', '--allow-ip', '127.0.0.1'],
  );
}

/** A session without a login; waits until relayd is there (again). */
export async function connect(stage: Stage): Promise<SmtpTalk> {
  return await eventually(
    async () => {
      const session = await SmtpTalk.connect({ port: stage.relay.port });
      await session.ehlo();
      return session;
    },
    { what: 'a connection', timeoutMs: 30_000, everyMs: 20 },
  );
}

/** One message up to and with its final dot. The reply is left to be read. */
export async function handOver(session: SmtpTalk, number: number): Promise<void> {
  await session.ok(250, `MAIL FROM:<${FROM}>`);
  await session.ok(250, `RCPT TO:<${recipientOf(number)}>`);
  await session.ok(354, 'DATA');
  session.write(`${contentOf(number)}.\r\n`);
}

/**
 * One connection at a time, a message after the other; after a kill a new connection and the next message. Ends when
 * `take` gives no number more.
 */
export async function submitAll(stage: Stage, ledger: Ledger, take: () => number | undefined): Promise<void> {
  let session: SmtpTalk | undefined;
  for (let number = take(); number !== undefined; number = take()) {
    session ??= await connect(stage);
    let dotSent = false;
    try {
      await session.ok(250, `MAIL FROM:<${FROM}>`);
      await session.ok(250, `RCPT TO:<${recipientOf(number)}>`);
      await session.ok(354, 'DATA');
      session.write(contentOf(number));
      dotSent = true;
      const reply = await session.command('.');
      (reply.code === 250 ? ledger.accepted : ledger.notAccepted).add(number);
      // A relay that is going says so in place of the next reply.
      if (reply.code === 421) throw new Error(reply.text);
    } catch {
      if (!ledger.accepted.has(number)) (dotSent ? ledger.unanswered : ledger.notAccepted).add(number);
      session.destroy();
      session = undefined;
    }
  }
  session?.destroy();
}

export interface Load {
  /** No further message is begun. */
  enough(): void;
  /** Resolves when the clients have ended. */
  readonly done: Promise<void>;
}

/** `connections` clients that submit messages 0, 1, 2, … until they are told to stop, or up to `messages`. */
export function startLoad(stage: Stage, ledger: Ledger, connections: number, messages = Infinity): Load {
  let next = 0;
  let enough = false;
  const clients = Array.from({ length: connections }, () =>
    submitAll(stage, ledger, () => (enough || next >= messages ? undefined : next++)),
  );
  return {
    enough: () => {
      enough = true;
    },
    done: Promise.all(clients).then(() => undefined),
  };
}

/** Resolves when nothing waits to be delivered. Looks into the database itself: a relayctl takes a process. */
export async function queueEmpty(stage: Stage, timeoutMs = 30_000): Promise<void> {
  let left = 0;
  await eventually(async () => (left = await waiting(stage.relay.dataDir)) === 0, {
    timeoutMs,
    everyMs: 50,
    what: 'an empty queue',
  }).catch((error: unknown) => {
    throw new Error(`${left} deliveries are left in the queue`, { cause: error });
  });
}

/** Deliveries that are not settled. */
export async function waiting(dataDir: string): Promise<number> {
  const reader = openSqliteReader(dataDir);
  try {
    const { queued, deferred, scheduled, held } = await reader.summary(0);
    return queued + deferred + scheduled + held;
  } finally {
    reader.close();
  }
}
