/**
 * `kill -9` of relayctl and of relayd in the middle of an account's removal: it goes on where it was, and while it does its keys are
 * refused and nothing of it is shown. Until the first commit of the removal all of it is there.
 */
import { spawn } from 'node:child_process';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import { eventually } from '../support/eventually.ts';
import { Stage } from '../e2e/support/stage.ts';

/** Steps of a thousand rows or less, with pauses in between. */
const SUPPRESSIONS = 30_000;
const PAGE = 100;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({ config: { http: { listen: ['127.0.0.1:0'] } } });
});
afterAll(() => stage[Symbol.asyncDispose]());

interface Left {
  readonly accounts: number;
  readonly removing: number;
  readonly suppressions: number;
}

/** Rows of the account in the file. */
function left(accountKey: number): Left {
  const db = new Database(databasePath(stage.relay.dataDir), { readonly: true });
  try {
    return db
      .prepare(
        `SELECT (SELECT count(*) FROM account WHERE id = :id) AS accounts,
           (SELECT count(*) FROM account WHERE id = :id AND removing_since IS NOT NULL) AS removing,
           (SELECT count(*) FROM suppression WHERE account_id = :id) AS suppressions`,
      )
      .get({ id: accountKey }) as Left;
  } finally {
    db.close();
  }
}

function keyOf(name: string): number {
  const db = new Database(databasePath(stage.relay.dataDir), { readonly: true });
  const id = db.prepare('SELECT id FROM account WHERE name = ?').pluck().get(name) as number;
  db.close();
  return id;
}

/** Asks for a page of what the account has; `undefined`: nobody answered. */
async function ask(key: string): Promise<{ readonly status: number; readonly shown: number } | undefined> {
  try {
    const answer = await fetch(`${stage.relay.httpUrl}/v1/suppressions?limit=${PAGE}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const body = (await answer.json()) as { data?: readonly unknown[] };
    return { status: answer.status, shown: body.data?.length ?? 0 };
  } catch {
    return undefined;
  }
}

it(
  'relayctl and relayd are killed while it goes on, and all of it is gone in the end',
  { timeout: 180_000 },
  async () => {
    const { relay } = stage;
    await relay.ctl('account', 'add', 'shop');
    const of = ['--account', 'shop'];
    const { key } = await relay.ctl<{ key: string }>(
      ...['credential', 'add', '--name', 'app', '--kind', 'api', '--scope', 'suppressions', ...of],
    );
    const other = await relay.ctl<{ key: string }>(
      ...['credential', 'add', '--name', 'app', '--kind', 'api', '--scope', 'suppressions'],
    );
    const rows = Array.from({ length: SUPPRESSIONS }, (_, at) => `a${at}@recipient.test`).join('\n');
    const imported = await relay.ctlRaw(['suppression', 'import', '-', ...of], `address\n${rows}\n`);
    expect(imported).toMatchObject({ code: 0 });
    const account = keyOf('shop');
    expect(left(account)).toEqual({ accounts: 1, removing: 0, suppressions: SUPPRESSIONS });
    expect(await ask(key)).toEqual({ status: 200, shown: PAGE });

    const answers: NonNullable<Awaited<ReturnType<typeof ask>>>[] = [];
    const state = { asks: true };
    const asking = (async () => {
      while (state.asks) {
        const answer = await ask(key);
        // Who asks so much is put off now and then.
        if (answer !== undefined && answer.status !== 429) answers.push(answer);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();

    const command = spawn(
      process.execPath,
      ['bin/relayctl.js', 'account', 'remove', 'shop', '--yes', '--config', relay.configFile],
      { stdio: 'ignore' },
    );
    const ended = new Promise<string | null>((resolve) => {
      command.once('exit', (_code, signal) => {
        resolve(signal);
      });
    });
    const isLessThan = (count: number) => () => left(account).suppressions < count;
    await eventually(isLessThan(SUPPRESSIONS), {
      what: 'the removal to begin',
      timeoutMs: 30_000,
      everyMs: 1,
    });
    command.kill('SIGKILL');
    await relay.kill();
    expect(await ended).toBe('SIGKILL');

    // Nobody runs: it stands still in the middle.
    let before = left(account);
    expect(before).toMatchObject({ accounts: 1, removing: 1 });
    expect(before.suppressions).toBeGreaterThan(0);
    expect((await relay.ctlRaw(['account', 'show', 'shop'])).code).toBe(1);
    for (let kill = 0; kill < 2 && before.suppressions > 0; kill++) {
      await relay.start();
      expect(await ask(key)).toEqual({ status: 401, shown: 0 });
      expect(await ask(other.key)).toMatchObject({ status: 200 });
      await eventually(isLessThan(before.suppressions), {
        what: 'relayd to go on',
        timeoutMs: 30_000,
        everyMs: 1,
      });
      await relay.kill();
      before = left(account);
    }
    await relay.start();
    await eventually(() => left(account).accounts === 0, {
      what: 'the end of it',
      timeoutMs: 60_000,
      everyMs: 20,
    });
    expect(left(account)).toEqual({ accounts: 0, removing: 0, suppressions: 0 });
    state.asks = false;
    await asking;
    // All of it or nothing: a page is full until the key is refused, and it is refused from then on.
    expect(answers.filter(({ status, shown }) => (status === 200 ? shown !== PAGE : status !== 401))).toEqual(
      [],
    );
    const refused = answers.findIndex(({ status }) => status === 401);
    expect(refused).toBeGreaterThanOrEqual(0);
    expect(answers.slice(refused).every(({ status }) => status === 401)).toBe(true);
    // The name is free, and what has it now has nothing of the other.
    await relay.ctl('account', 'add', 'shop');
    expect(await relay.ctlList('suppression', 'list', ...of)).toEqual([]);
  },
);
