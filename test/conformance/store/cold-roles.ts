/**
 * Steps of the shared roles whose suites need mail that flows: rows as the hot path leaves them, and what is read of them.
 * Whoever runs it on two engines compares what comes back.
 */
import { encodeTimes } from '../../../src/store/delivery-times.ts';
import { accountKeyOf } from '../../../src/store/sql/directory/account-key.ts';
import { accountWrites, insertFirstAccount } from '../../../src/store/sql/directory/accounts.ts';
import { credentialWrites } from '../../../src/store/sql/directory/credential-writes.ts';
import { credentialReads } from '../../../src/store/sql/directory/credentials.ts';
import { sealedReads, sealedWrites } from '../../../src/store/sql/directory/sealed-secrets.ts';
import {
  putSuppression,
  putUnlessLonger,
  suppressionReads,
  suppressionWrites,
} from '../../../src/store/sql/directory/suppressions.ts';
import {
  keepUnverifiedReport,
  markReportApplied,
  mayWeigh,
  removeReportsBefore,
  unverifiedReportReads,
} from '../../../src/store/sql/reports/unverified-reports.ts';
import { statement, type Values } from '../../../src/store/sql/statement.ts';
import { healthReads } from '../../../src/store/sql/statistics/health-reads.ts';
import { StatisticDelta } from '../../../src/store/sql/statistics/statistic-delta.ts';
import { statisticReads } from '../../../src/store/sql/statistics/statistics-reads.ts';
import { run, type Steps } from '../../../src/store/sql/steps.ts';
import type { NewSuppression } from '../../../src/store/suppression-records.ts';
import type { StatisticQuery } from '../../../src/store/stats.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY = 20_000;
const SHOP = 'acc_shop';

const STATISTIC = statement<Values>(
  `INSERT INTO statistic (span, account_id, kind, number, name, accepted, delivered, times)
   VALUES (:span, :account, :kind, :number, :name, :accepted, :delivered, :times)`,
);
const DELTA = statement<{ data: string }>('INSERT INTO statistic_delta (data) VALUES (:data)');
const HOUR = statement<Values>(
  `INSERT INTO health_hour (kind, hour, account_id, name, delivered, hard_bounced, failed, complained)
   VALUES (:kind, :hour, :account, :name, :delivered, :hard, :failed, 1)`,
);
const STATE = statement<Values>(
  `INSERT INTO health_state (account_id, stream, level, reason, per_minute, since, counts_from)
   VALUES (:account, :stream, :level, 'because', :pace, 5, :from)`,
);

export function* fillStore(): Steps<void> {
  yield* insertFirstAccount({ id: 'acc_first', name: 'default', createdAtMs: 1 });
  yield* accountWrites.addAccount({ id: SHOP, name: 'Shop', createdAtMs: 2, storageBytes: 5_000 }, 'test');
  for (const [index, id] of ['acc_first', SHOP].entries())
    yield* fillAccount(yield* accountKeyOf(id), index + 1);
}

function* fillAccount(account: number, factor: number): Steps<void> {
  const times = encodeTimes(
    new Map([
      [40, 3 * factor],
      [41, 2],
    ]),
  );
  for (let day = 0; day < 40; day++) {
    const number = FIRST_DAY + day;
    yield* run(STATISTIC, { span: 2, account, kind: 1, number, name: '', accepted: 9, delivered: 5, times });
    for (const name of ['b.test', 'a.test', 'Z.test'])
      yield* run(STATISTIC, {
        span: 2,
        account,
        kind: 4,
        number,
        name,
        accepted: 3,
        delivered: factor,
        times: day % 2 === 0 ? times : undefined,
      });
  }
  const delta = new StatisticDelta();
  const source = {
    accountKey: account,
    domain: 'example.org',
    stream: 's',
    tags: null,
    credential: undefined,
  };
  delta.tally(source, (FIRST_DAY + 3) * 24, 'a.test').counts.set(0, 7);
  yield* run(DELTA, { data: delta.encode() ?? '[]' });
  for (const hour of [10, 11, 12])
    for (const [kind, name] of [
      [1, ''],
      [3, 'broadcast'],
      [3, 'Bulk'],
      [4, 'a.test'],
    ] as const)
      yield* run(HOUR, { kind, hour, account, name, delivered: hour * factor, hard: 2, failed: hour });
  yield* run(STATE, { account, stream: '', level: 'warn', pace: undefined, from: 11 });
  yield* run(STATE, { account, stream: 'broadcast', level: 'throttle', pace: 30, from: 12 });
}

export const DAYS: StatisticQuery = {
  accountIds: [],
  span: 'day',
  fromMs: FIRST_DAY * DAY_MS,
  toMs: (FIRST_DAY + 40) * DAY_MS,
  of: undefined,
  group: undefined,
  limit: 2,
};

/** What each of them gives, by name: to be the same on every engine. */
export const READS: Readonly<Record<string, () => Steps<unknown>>> = {
  'statistics of all accounts by day': () => statisticReads.statistics(DAYS),
  'statistics by destination, the largest first': () =>
    statisticReads.statistics({ ...DAYS, accountIds: [SHOP, 'acc_none'], group: 'destination' }),
  'statistics of one destination': () =>
    statisticReads.statistics({ ...DAYS, of: { group: 'destination', name: 'Z.test' } }),
  'health of a stream': () => healthReads.healthTotals('stream', 11 * 3_600_000, 10),
  'health of accounts, one at most': () => healthReads.healthTotals('account', 0, 1),
  'streams since their release': () => healthReads.streamTotals(0),
  'what is restricted': () => healthReads.healthStates(),
};

const suppression = (address: string, parts: Partial<NewSuppression> = {}): NewSuppression => ({
  accountId: SHOP,
  scope: '',
  address,
  reason: 'manual',
  evidence: '550 5.1.1 Zoë ✉ "quoted"',
  createdAtMs: 1_000.4,
  expiresAtMs: undefined,
  createdBy: 'test',
  ...parts,
});

const CREDENTIAL = {
  id: 'crd_1',
  accountId: SHOP,
  accountName: 'Shop',
  kind: 'api',
  name: 'key',
  username: undefined,
  secretHash: new Uint8Array([0, 255, 39, 92]),
  networks: ['192.0.2.0/24'],
  domains: [],
  fromAddresses: [],
  scopes: ['send'],
  stream: 'transactional',
  ratePerMinute: undefined,
  dailyQuota: 4_294_967_296,
  requireTls: true,
  sendDsn: false,
  dsnTo: undefined,
  expiresAtMs: 99_999_999_999.5,
  revokedAtMs: undefined,
  createdAtMs: 3,
  version: 0,
} as const;

const report = (id: string, atMs: number) => ({
  id,
  accountId: SHOP,
  receivedAtMs: atMs,
  kind: 'unreadable' as const,
  form: '',
  recipient: undefined,
  messageId: undefined,
  client: '192.0.2.1',
  why: 'nobody vouches for it',
  reading: undefined,
  headers: new Uint8Array([1, 0, 2]),
});

/** The same of changes, in this order, each in a transaction of its own. */
export const CHANGES: Readonly<Record<string, () => Steps<unknown>>> = {
  'addresses in the order of their octets': function* () {
    const addresses = ['b@x', 'B@x', 'a@x', 'ä@x', '_@x', 'a@X'].map((address) => suppression(address));
    const written = yield* suppressionWrites.importSuppressions(addresses, 5, 'test');
    return [written, yield* suppressionReads.listSuppressions(SHOP, undefined, 4)];
  },
  'an import that names an address twice': function* () {
    const many = Array.from({ length: 120 }, (_, index) =>
      suppression(`${index % 90}@many`, { expiresAtMs: 10_000 + index }),
    );
    return yield* suppressionWrites.importSuppressions(many, 5, 'test');
  },
  'one that lasts longer stays': function* () {
    const key = yield* accountKeyOf(SHOP);
    const until = (expiresAtMs: number | undefined) => suppression('1@many', { expiresAtMs, scope: 's' });
    yield* putSuppression(key, until(50), 7);
    const shorter = yield* putUnlessLonger(key, until(40), 8);
    const longer = yield* putUnlessLonger(key, until(undefined), 9);
    const again = yield* putUnlessLonger(key, until(60), 10);
    return [shorter, longer, again, yield* suppressionReads.suppressionFor(SHOP, 's', '1@many', 20_000)];
  },
  'a credential as it was made': function* () {
    yield* credentialWrites.addCredential(CREDENTIAL, 'test');
    return yield* credentialReads.credentialBySecretHash(CREDENTIAL.secretHash);
  },
  'a change raises its version': function* () {
    yield* credentialWrites.replaceCredentialSecret('crd_1', new Uint8Array([7]), 4, 'test');
    const changed = yield* credentialReads.findCredential(SHOP, 'key');
    return [changed?.version !== 0, (yield* credentialReads.credentialsChangedSince(0)) ?? []];
  },
  'the first check of the master key stays': function* () {
    yield* sealedWrites.keepMasterKeyCheck(new Uint8Array([1, 2]));
    yield* sealedWrites.keepMasterKeyCheck(new Uint8Array([3]));
    return [yield* sealedReads.masterKeyCheck(), yield* sealedReads.oldestSecrets(5)];
  },
  'reports are kept, applied and removed': function* () {
    for (const [id, atMs] of [
      ['rpt_1', 10],
      ['rpt_2', 5_000],
    ] as const)
      yield* keepUnverifiedReport(report(id, atMs));
    const applied = [yield* markReportApplied('rpt_2', 9.7), yield* markReportApplied('rpt_3', 9)];
    const kept = yield* unverifiedReportReads.unverifiedReports(SHOP, undefined, 10);
    const older = yield* unverifiedReportReads.unverifiedReports(SHOP, 'rpt_2', 10);
    const removed = yield* removeReportsBefore(100, 200);
    return [applied, kept, older, removed, yield* unverifiedReportReads.unverifiedReport('rpt_2')];
  },
  'a source weighs so often a day': function* () {
    const weighed: boolean[] = [];
    for (let time = 0; time < 4; time++)
      weighed.push(yield* mayWeigh(yield* accountKeyOf(SHOP), 's', 'source', 2, DAY_MS));
    return weighed;
  },
};
