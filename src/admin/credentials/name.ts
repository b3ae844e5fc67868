/** The name of a credential: what it is for, one line, and of no other in use in its account. */
import type { With } from '../admin-context.ts';
import { conflict, invalid, type AdminRefusal } from '../refusal.ts';

const MAX_NAME_CHARS = 64;

export function nameProblem(name: string | undefined): AdminRefusal | undefined {
  if (name === undefined || isCredentialName(name)) return undefined;
  return invalid(
    'name',
    (nameOf) => `${nameOf('name')} takes at most ${MAX_NAME_CHARS} characters on one line`,
  );
}

/** `self`: the id of the one that has the name or gets it. */
export async function nameTaken(
  accountId: string,
  name: string,
  { reader }: Pick<With<'reader'>, 'reader'>,
  self?: string,
): Promise<AdminRefusal | undefined> {
  const existing = await reader.findCredential(accountId, name);
  if (existing === undefined || existing.revokedAtMs !== undefined || existing.id === self) return undefined;
  return conflict(`there is a credential ${name} already`, 'name', existing.id);
}

function isCredentialName(name: string): boolean {
  return name.trim() !== '' && name.length <= MAX_NAME_CHARS && !/[\p{Cc}]/u.test(name);
}
