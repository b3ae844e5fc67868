/** What operations work with: a real store in a temporary folder, a clock that stands, seeded randomness. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { AdminContext } from '../../../../src/admin/admin-context.ts';
import { inWords, isRefusal, type RefusalCode } from '../../../../src/admin/refusal.ts';
import { loadConfig } from '../../../../src/config/load.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { createSecretBox } from '../../../../src/platform/secret-box.ts';
import type { Account } from '../../../../src/store/directory-records.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../../src/store/sqlite/reader.ts';
import { defaultAccount } from '../../../support/default-account.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { engineInProcess } from '../../../support/template-engine.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { layDatabase } from '../../../support/lay-database.ts';

export interface AdminStage {
  readonly context: AdminContext;
  readonly account: Account;
  readonly store: ReturnType<typeof openSqliteStore>;
}

export function adminStage(env: Readonly<Record<string, string>> = {}): AdminStage {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-admin-'));
  const clock = new VirtualClock();
  const random = seededRandom(11);
  layDatabase(dataDir);
  const store = openSqliteStore({
    dataDir,
    clock,
    random,
    log: silentLog,
    reserveBytes: 0,
    exclusive: true,
  });
  const reader = openSqliteReader(dataDir);
  onTestFinished(async () => {
    reader.close();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const { config } = loadConfig({
    path: undefined,
    env: { RELAY_DATA_DIR: dataDir, ...env },
    cwd: dataDir,
    readFile: () => {
      throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    },
    defaultHostname: 'relay.test',
  });
  const context: AdminContext = {
    ...store,
    reader,
    templateEngine: engineInProcess(),
    box: createSecretBox(new Uint8Array(32).fill(7), random),
    resolver: { mx: noDns, a: noDns, aaaa: noDns, txt: noDns, cname: noDns, ptr: noDns },
    config,
    clock,
    random,
    actor: 'test',
    holder: undefined,
  };
  return { context, account: defaultAccount(dataDir), store };
}

const noDns = () => Promise.resolve({ kind: 'failed', reason: 'there is no DNS here' } as const);

/** What stands against it, its fields named as in the input: `invalid dsnTo: ...`. Throws when nothing does. */
export function refusal(outcome: object): string {
  if (!isRefusal(outcome)) throw new Error(`it was done: ${JSON.stringify(outcome)}`);
  const { refused, field, problem } = outcome;
  return `${refused} ${field ?? '-'}: ${inWords(problem, (name) => name)}`;
}

/** What an operation made. Throws when it was refused. */
export function done<Outcome extends object>(
  outcome: Outcome,
): Exclude<Outcome, { readonly refused: RefusalCode }> {
  if (isRefusal(outcome)) throw new Error(refusal(outcome));
  return outcome as Exclude<Outcome, { readonly refused: RefusalCode }>;
}
