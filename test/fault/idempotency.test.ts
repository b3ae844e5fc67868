/**
 * Clients that do not give up: each sends its messages by HTTP, in batches or by SMTP with an idempotency key, and asks
 * again with the same key until it hears yes, while relayd is killed (`kill -9`) again and again. Whatever was answered,
 * half answered or never answered: every message is in the spool exactly once, under the id that its client was told.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { ApiTalk, type ApiAnswer } from '../e2e/support/api-talk.ts';
import { messageIdOf, SmtpTalk } from '../e2e/support/smtp-talk.ts';
import { Stage } from '../e2e/support/stage.ts';
import { eventually } from '../support/eventually.ts';

const KILLS = 6;
const HTTP_MESSAGES = 300;
const BATCHES = 20;
const BATCH_SIZE = 15;
const SMTP_MESSAGES = 100;
const CLIENTS = 6;
/** A client's patience, over all the deaths of the relay. */
const RETRIED = { timeoutMs: 50_000, everyMs: 25 };

interface Sent {
  readonly id: string;
}

let stage: Stage;
let api: ApiTalk;
/** Subject to the ids that its client was told, one for each time that it heard yes. */
const told = new Map<string, string[]>();
let answered = 0;
let repeated = 0;

beforeAll(async () => {
  stage = await Stage.start({
    config: { http: { listen: ['127.0.0.1:0'] } },
    mx: { keepMessages: false },
  });
  api = await ApiTalk.withKey(stage.relay, '--scope', 'send');
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

function note(subject: string, id: string): void {
  told.set(subject, [...(told.get(subject) ?? []), id]);
  answered++;
}

const message = (subject: string) => ({
  from: 'app@sender.test',
  to: `${subject}@recipient.test`,
  subject,
  text: subject,
});

/** Until it is answered 200. A conflict is "in progress", anything else that comes back is a fault of the test. */
async function untilAnswered<T>(path: string, body: unknown, key: string): Promise<ApiAnswer<T>> {
  const answered200 = await eventually(
    async () => {
      try {
        const answer = await api.post<T>(path, body, { 'idempotency-key': key });
        if (answer.headers.get('idempotent-replayed') === 'true') repeated++;
        if (answer.status === 200) return answer;
        expect([409, 503]).toContain(answer.status);
      } catch (error) {
        // Nobody there, or gone in the middle.
        if (!(error instanceof TypeError)) throw error;
      }
      return undefined;
    },
    { ...RETRIED, what: `an answer to ${path} with ${key}` },
  );
  return answered200 as ApiAnswer<T>;
}

async function sendByHttp(number: number): Promise<void> {
  const subject = `http-${number}`;
  // Twice: also one that was answered is asked again, as by a client whose machine went away.
  for (let round = 0; round < 2; round++) {
    const { body } = await untilAnswered<Sent>('/v1/send', message(subject), `key-${subject}`);
    note(subject, body.id);
  }
}

async function sendBatch(number: number): Promise<void> {
  const subjects = Array.from({ length: BATCH_SIZE }, (_, index) => `batch-${number}-${index}`);
  const { body } = await untilAnswered<{ results: Sent[] }>(
    '/v1/batch',
    { messages: subjects.map(message) },
    `key-batch-${number}`,
  );
  subjects.forEach((subject, index) => note(subject, body.results[index]?.id ?? 'none'));
}

async function sendBySmtp(number: number): Promise<void> {
  const subject = `smtp-${number}`;
  let tries = 0;
  await eventually(
    async () => {
      using session = await SmtpTalk.session({ port: stage.relay.port, login: stage.login });
      const to = `${subject}@recipient.test`;
      const reply = await session.submit({
        from: 'app@sender.test',
        to,
        // A retry is another message to look at: a key is all that they have in common.
        content:
          `From: app@sender.test\r\nTo: ${to}\r\nSubject: ${subject}\r\nX-Try: ${tries}\r\n` +
          `X-Relay-Idempotency-Key: key-${subject}\r\n\r\ntry ${tries++}\r\n`,
      });
      const id = messageIdOf(reply);
      if (reply.code !== 250 || id === undefined) return false;
      note(subject, id);
      return true;
    },
    { ...RETRIED, what: `the acceptance of ${subject}` },
  );
}

async function inTurn(
  count: number,
  clients: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

/** Every message in the spool: subject to ids. */
async function spooled(): Promise<Map<string, string[]>> {
  const reader = openSqliteReader(stage.relay.dataDir);
  const found = new Map<string, string[]>();
  let before: string | undefined;
  for (;;) {
    const page = await reader.listMessages({
      accountId: undefined,
      state: undefined,
      destination: undefined,
      recipient: undefined,
      stream: undefined,
      tag: undefined,
      before,
      limit: 500,
    });
    for (const { facts } of page) {
      const subject = facts.subject ?? '';
      found.set(subject, [...(found.get(subject) ?? []), facts.id]);
    }
    before = page.at(-1)?.facts.id;
    if (page.length < 500) break;
  }
  reader.close();
  return found;
}

describe('idempotency keys through kill -9', () => {
  it(
    'put every message into the spool exactly once, under the id that was told',
    { timeout: 180_000 },
    async () => {
      const total = 2 * HTTP_MESSAGES + BATCHES * BATCH_SIZE + SMTP_MESSAGES;
      const clients = Promise.all([
        inTurn(HTTP_MESSAGES, CLIENTS, sendByHttp),
        inTurn(BATCHES, 2, sendBatch),
        inTurn(SMTP_MESSAGES, 3, sendBySmtp),
      ]);
      for (let kill = 1; kill <= KILLS; kill++) {
        await eventually(() => answered >= (total * kill) / (KILLS + 2), {
          what: `answers before kill ${kill}`,
          timeoutMs: 60_000,
          everyMs: 1,
        });
        await stage.relay.kill();
        await stage.relay.start();
      }
      await clients;

      const found = await spooled();
      const twice = [...found].filter(([, ids]) => ids.length > 1);
      expect(twice).toEqual([]);
      const wrong = [...told].filter(([subject, ids]) => ids.some((id) => id !== found.get(subject)?.[0]));
      expect(wrong).toEqual([]);
      expect(found.size).toBe(HTTP_MESSAGES + BATCHES * BATCH_SIZE + SMTP_MESSAGES);
      expect(repeated).toBeGreaterThanOrEqual(HTTP_MESSAGES);
      process.stdout.write(
        `idempotency: ${found.size} messages, ${KILLS} kills, ${repeated} repeats answered\n`,
      );
    },
  );
});
