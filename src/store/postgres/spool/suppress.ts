/**
 * The effects of a settlement on an address: a suppression, one more soft bounce of its run, or the end of the run after an
 * accepted message; and on a destination whose unknown addresses are not suppressed for a while.
 */
import { isLongEnough, longerRun, type SoftBounceRun } from '../../../policy/soft-bounces.ts';
import { suppressionKeyOf } from '../../../smtp/address-keys.ts';
import type { Settlement } from '../../delivery-records.ts';
import type { ClaimedRow as AnyClaimedRow } from '../../flow/feed.ts';
import { putSuppression, putUnlessLonger } from '../../sql/directory/suppressions.ts';
import { statement } from '../../sql/statement.ts';
import { run } from '../../sql/steps.ts';
import type { SoftBounce } from '../../suppression-records.ts';
import type { Batch } from './batch.ts';
import type { Destination } from './destinations.ts';

export type ClaimedRow = AnyClaimedRow<Destination>;

const ARRIVED = 'UPDATE soft_bounce SET arrivals = arrivals + 1 WHERE account_id = $1 AND address = $2';
const PUT_RUN = `INSERT INTO soft_bounce (account_id, address, messages, first_at, last_at, arrivals)
  VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, address) DO UPDATE SET messages = excluded.messages,
  first_at = excluded.first_at, last_at = excluded.last_at, arrivals = excluded.arrivals`;
const WITHDRAW = statement<{ account: number; address: string }>(
  `DELETE FROM suppression WHERE account_id = :account AND address = :address AND scope = ''
   AND reason = 'unknown-address'`,
);

/** `event`: the event that a suppression refers to. */
export function suppress(
  batch: Batch,
  row: ClaimedRow,
  settlement: Settlement,
  { event, nowMs }: { readonly event: number | undefined; readonly nowMs: number },
): void {
  const { changes, accounts, memory } = batch;
  const { destination, subject } = row;
  const { accountKey } = subject;
  const { state, suppression, softBounce, withholding } = settlement;
  if (state === 'delivered' && memory.mayHaveRuns) {
    const address = suppressionKeyOf(row.recipient);
    changes.runs.push({
      of: accountKey,
      name: address,
      change: { text: ARRIVED, values: [accountKey, address] },
    });
  }
  const withheld = suppression?.reason === 'unknown-address' && destination.withholdsUntilMs > nowMs;
  if (suppression !== undefined && !withheld) {
    const account = accounts.get(suppression.accountId) ?? accountKey;
    const put = () => putSuppression(account, suppression, event);
    changes.suppressions.push({ of: account, name: suppression.address, change: put });
  }
  if (softBounce !== undefined && addToRun(batch, accountKey, softBounce)) {
    const put = () => putUnlessLonger(accountKey, softBounce.suppression, event);
    changes.suppressions.push({ of: accountKey, name: softBounce.suppression.address, change: put });
  }
  if (withholding !== undefined) {
    withhold(batch, destination, Math.round(withholding.untilMs));
    for (const { accountId, address } of withholding.withdrawn) {
      const account = accounts.get(accountId) ?? 0;
      const withdraw = () => run(WITHDRAW, { account, address });
      changes.suppressions.push({ of: account, name: address, change: withdraw });
    }
  }
}

function withhold({ changes, memory }: Batch, destination: Destination, untilMs: number): void {
  changes.withhold(destination, untilMs);
  const before = destination.withholdsUntilMs;
  destination.withholdsUntilMs = Math.max(before, untilMs);
  memory.undo.record(() => {
    destination.withholdsUntilMs = before;
  });
}

/** True: its address is to be suppressed. */
function addToRun({ answers, changes, memory }: Batch, accountKey: number, softBounce: SoftBounce): boolean {
  const { suppression, rule } = softBounce;
  const { address, createdAtMs } = suppression;
  const index = answers.runs.findIndex((row) => row.account_id === accountKey && row.address === address);
  const row = answers.runs[index];
  const before: SoftBounceRun | undefined = row && {
    messages: row.messages,
    firstAtMs: row.first_at,
    lastAtMs: row.last_at,
    arrivals: row.arrivals,
  };
  const longer = longerRun(before, Math.round(createdAtMs));
  const { messages, firstAtMs, lastAtMs, arrivals } = longer;
  const values = [accountKey, address, messages, firstAtMs, lastAtMs, arrivals];
  changes.runs.push({ of: accountKey, name: address, change: { text: PUT_RUN, values } });
  memory.mayHaveRuns = true;
  // The next settlement of this transaction adds to this one.
  const next = {
    account_id: accountKey,
    address,
    messages,
    first_at: firstAtMs,
    last_at: lastAtMs,
    arrivals,
  };
  const runs = answers.runs as (typeof next)[];
  if (index === -1) runs.push(next);
  else runs[index] = next;
  return isLongEnough(longer, rule);
}
