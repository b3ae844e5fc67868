/** Roles of people as they are typed: `--role` in the account of `--account`, else in all of them. */
import { PERSON_ROLES, type Grant, type NewGrant } from '../../store/people-records.ts';
import type { Account } from '../../store/directory-records.ts';
import type { CommandInput } from '../program/command-spec.ts';

const YES_OR_NO = ['yes', 'no'] as const;

export const CONTENT_OPTION = {
  flags: '--content <yes|no>',
  meaning: 'whether the content of messages may be read too; each view is in the audit log',
};

/** `account`: the one that is named; `undefined`: all. The default role is the one that may do least. */
export function readGrant({ options }: CommandInput, account: Account | undefined): NewGrant {
  return {
    accountId: account?.id,
    role: options.choice('role', PERSON_ROLES) ?? 'read-only',
    readsContent: options.choice('content', YES_OR_NO) === 'yes',
  };
}

/** The grants with what is asked for; `undefined`: nothing is. */
export function changedGrants(
  grants: readonly Grant[],
  { options }: CommandInput,
  account: Account | undefined,
): readonly NewGrant[] | undefined {
  const role = options.choice('role', [...PERSON_ROLES, 'none']);
  const content = options.choice('content', YES_OR_NO);
  if (role === undefined && content === undefined) return undefined;
  const others = grants.filter(({ accountId }) => accountId !== account?.id);
  if (role === 'none') return others;
  const before = grants.find(({ accountId }) => accountId === account?.id);
  const readsContent = content === undefined ? before?.readsContent === true : content === 'yes';
  return [...others, { accountId: account?.id, role: role ?? before?.role ?? 'read-only', readsContent }];
}
