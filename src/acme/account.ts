/**
 * The account at the authority (RFC 8555 §7.3): the stored one, or a new one where it is missing or lost. `acme.enabled`
 * agrees to the terms of service.
 */
import { AcmeProblem } from './acme-problem.ts';
import type { AcmeServer } from './acme-server.ts';
import { makeAccountKey, openAccountKey, type AccountKey } from './jws.ts';
import type { Account, OrderEvents, OrderRequest } from './order-contract.ts';

export interface OpenAccount {
  readonly key: AccountKey;
  readonly url: string;
  /** It was there before. */
  readonly kept: boolean;
}

/** Rejects with AcmeProblem or HttpsError. */
export async function openAccount(
  server: AcmeServer,
  request: Pick<OrderRequest, 'account' | 'directory' | 'contact'>,
  { onAccount }: Pick<OrderEvents, 'onAccount'>,
): Promise<OpenAccount> {
  const { account, directory, contact } = request;
  if (account?.directory !== directory) return await makeAccount(server, request, { onAccount });
  const key = openAccountKey(account.key);
  const { url } = account;
  if (account.contact !== contact) {
    try {
      await server.post(key, url, { contact: contactOf(contact) }, { kid: url });
    } catch (error) {
      if (!isLost(error)) throw error;
      return await makeAccount(server, request, { onAccount });
    }
    onAccount({ ...account, contact });
  }
  return { key, url, kept: true };
}

/** A new key and account. */
export async function makeAccount(
  server: AcmeServer,
  { directory, contact }: Pick<OrderRequest, 'directory' | 'contact'>,
  { onAccount }: Pick<OrderEvents, 'onAccount'>,
): Promise<OpenAccount> {
  const { newAccount, externalAccountRequired } = server.directory;
  if (externalAccountRequired)
    throw new AcmeProblem(
      { type: 'externalAccountRequired', detail: 'accounts are opened by another way first' },
      200,
    );
  const key = openAccountKey(makeAccountKey());
  const answer = await server.post(key, newAccount, {
    termsOfServiceAgreed: true,
    contact: contactOf(contact),
  });
  const { location: url } = answer;
  if (url === undefined)
    throw new AcmeProblem({ type: 'malformed', detail: 'it named no address of the new account' }, 200);
  const account: Account = { directory, url, key: key.pem, contact };
  onAccount(account);
  return { key, url, kept: false };
}

/** Whether an account that was kept is of no use any more: deactivated, revoked, forgotten (RFC 8555 §7.3.6). */
export async function isGone(server: AcmeServer, account: OpenAccount, error: unknown): Promise<boolean> {
  if (!account.kept || !isLost(error)) return false;
  try {
    const { json } = await server.post(account.key, account.url, undefined, { kid: account.url });
    return json['status'] !== 'valid';
  } catch (problem) {
    if (isLost(problem)) return true;
    throw problem;
  }
}

function isLost(error: unknown): boolean {
  return error instanceof AcmeProblem && ['accountDoesNotExist', 'unauthorized'].includes(error.problem.type);
}

function contactOf(contact: string | undefined): readonly string[] {
  return contact === undefined ? [] : [`mailto:${contact}`];
}
