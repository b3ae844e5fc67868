/** Accounts: tenants with domains, credentials, streams and suppressions of their own, and the terms that they have together. */
import { formatDurationMs } from '../platform/duration.ts';
import { makeId } from '../platform/ids.ts';
import {
  compactHealthTerms,
  healthLimitsFor,
  unorderedThresholds,
  type HealthTermName,
} from '../policy/health-terms.ts';
import { compactLimits, MOST_OF_A_LIMIT, USAGE_LIMITS, type UsageLimitName } from '../policy/usage-limits.ts';
import type { Account, AccountTerms } from '../store/directory-records.ts';
import type { With } from './admin-context.ts';
import { conflict, invalid, nothingToChange, type AdminRefusal } from './refusal.ts';
import { refuseOperatorAccount } from './tenant.ts';

const ACCOUNT_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** What is to be different: `undefined` as a value takes a term away, a name that is absent leaves it as it is. */
export interface TermsInput extends Omit<AccountTerms, 'limits' | 'healthTerms'> {
  readonly healthTerms?: Readonly<Partial<Record<HealthTermName, number | null | undefined>>>;
  readonly limits?: Readonly<Partial<Record<UsageLimitName, number | undefined>>>;
}

/** Durable when it resolves to the account. */
export async function addAccount(
  { name, ...input }: Pick<Account, 'name'> & TermsInput,
  {
    reader,
    directory,
    config,
    clock,
    random,
    actor,
  }: With<'reader' | 'directory' | 'config' | 'clock' | 'random'>,
): Promise<Account | AdminRefusal> {
  if (!ACCOUNT_NAME.test(name))
    return invalid(
      'name',
      `${name} cannot be the name of an account`,
      'use lower-case letters, digits, -, _ and .: shop',
    );
  const terms = termsWith({}, input);
  const wrong = wrongTerms(terms, config);
  if (wrong !== undefined) return wrong;
  if ((await reader.accountByName(name)) !== undefined)
    return conflict(`there is an account ${name} already`, 'name');
  const createdAtMs = clock.now();
  const account: Account = { id: makeId('acc_', createdAtMs, random), name, createdAtMs, ...terms };
  await directory.addAccount(account, actor);
  return account;
}

/** Durable when it resolves to the account as it is from then on. It counts within a second. */
export async function changeAccount(
  account: Account,
  input: TermsInput,
  { directory, config, clock, actor }: With<'directory' | 'config' | 'clock'>,
): Promise<Account | AdminRefusal> {
  if (Object.keys(input).length === 0) return nothingToChange();
  const terms = termsWith(account, input);
  const wrong = refuseOperatorAccount(account.id, 'terms') ?? wrongTerms(terms, config);
  if (wrong !== undefined) return wrong;
  await directory.changeAccount(account.id, terms, clock.now(), actor);
  const { id, name, createdAtMs } = account;
  return { id, name, createdAtMs, ...terms };
}

function termsWith(before: AccountTerms, input: TermsInput): AccountTerms {
  const { storageBytes, retainContentMs, retainMetadataMs, retainEventsMs } = { ...before, ...input };
  const limits = compactLimits({ ...before.limits, ...input.limits });
  const healthTerms = compactHealthTerms({ ...before.healthTerms, ...input.healthTerms });
  return { limits, storageBytes, retainContentMs, retainMetadataMs, retainEventsMs, healthTerms };
}

function wrongTerms(
  terms: AccountTerms,
  { retention, health }: With<'config'>['config'],
): AdminRefusal | undefined {
  const limit = USAGE_LIMITS.find((name) => !isLimit(terms.limits?.[name]));
  if (limit !== undefined)
    return invalid(
      'limit',
      (nameOf) => `${nameOf('limit')} ${limit}: a whole number from 0 to ${MOST_OF_A_LIMIT}`,
    );
  if (!isLimit(terms.storageBytes))
    return invalid(
      'storageBytes',
      (nameOf) => `${nameOf('storageBytes')}: from 0 to ${MOST_OF_A_LIMIT} octets`,
    );
  for (const [field, most] of [
    ['retainContentMs', retention.contentMs],
    ['retainMetadataMs', retention.metadataMs],
    ['retainEventsMs', retention.eventsMs],
  ] as const)
    if ((terms[field] ?? 0) > most)
      return invalid(
        field,
        (nameOf) => `${nameOf(field)} is longer than what is kept of any account, ${formatDurationMs(most)}`,
        'an account may keep less; for more, set retention in the configuration',
      );
  const [unordered] = unorderedThresholds(healthLimitsFor(health, terms.healthTerms).rules);
  if (unordered !== undefined)
    return invalid(
      'healthTerms',
      (nameOf) => `${nameOf('healthTerms')} ${unordered.name} would be lower than ${unordered.milder}`,
      'what the account does not have of its own is as configured: relayctl config show',
    );
  return undefined;
}

function isLimit(value: number | undefined): boolean {
  return value === undefined || (Number.isInteger(value) && value >= 0 && value <= MOST_OF_A_LIMIT);
}
