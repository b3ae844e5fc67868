/** Roles of people as they are typed: `--role` in the account of `--account`, else in all of them. */
import { PERSON_ROLES, type Grant, type NewGrant } from '../../store/people-records.ts';
import type { Account } from '../../store/directory-records.ts';
import type { CommandInput } from '../program/command-spec.ts';
import { usage } from '../program/cli-failure.ts';

export const ROLE_OPTIONS = [
  {
    flags: '--role <role>',
    meaning: 'admin, operator, developer or read-only: in the account of --account, else in every account',
  },
  { flags: '--content', meaning: 'may read the content of messages too; each view is in the audit log' },
];

/** `account`: the one that is named; `undefined`: all. The default role is the one that may do least. */
export function readGrant({ options }: CommandInput, account: Account | undefined): NewGrant {
  return {
    accountId: account?.id,
    role: options.choice('role', PERSON_ROLES) ?? 'read-only',
    readsContent: options.flag('content'),
  };
}

/** The grants with what is asked for; `undefined`: nothing is. */
export function changedGrants(
  grants: readonly Grant[],
  input: CommandInput,
  account: Account | undefined,
): readonly NewGrant[] | undefined {
  const { options } = input;
  const role = options.choice('role', PERSON_ROLES);
  const [content, noContent, noRole] = ['content', 'no-content', 'no-role'].map((name) => options.flag(name));
  if (content === true && noContent === true) throw usage('--content and --no-content exclude each other');
  if (noRole === true && role !== undefined) throw usage('--role and --no-role exclude each other');
  if (role === undefined && content !== true && noContent !== true && noRole !== true) return undefined;
  const others = grants.filter(({ accountId }) => accountId !== account?.id);
  if (noRole === true) return others;
  const before = grants.find(({ accountId }) => accountId === account?.id);
  const readsContent = content === true || (noContent !== true && before?.readsContent === true);
  return [...others, { accountId: account?.id, role: role ?? before?.role ?? 'read-only', readsContent }];
}
