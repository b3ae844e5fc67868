/** The domain with its keys, and a login for it: made where they are missing, left alone where they are there. */
import { addCredential } from '../../admin/credentials/add.ts';
import { addDomain } from '../../admin/domains.ts';
import { DEFAULT_STREAM } from '../../admin/streams.ts';
import type { Credential, Domain } from '../../store/directory-records.ts';
import { adminContextWithBox } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import { unlessRefused } from '../program/refusal.ts';
import type { Answers } from './answers.ts';

export interface Access {
  readonly domain: Domain;
  readonly domainAdded: boolean;
  readonly credential: Credential;
  /** Shown once; `undefined`: the login was there before. */
  readonly secret: string | undefined;
}

export async function ensureAccess(
  context: CommandContext,
  { domain: name, credentialName, keySet }: Answers,
): Promise<Access> {
  const admin = await adminContextWithBox(context);
  const account = await context.account();
  const { reader } = context;
  const known = await reader.findDomain(account.id, name);
  const domain = known ?? unlessRefused(await addDomain({ name, accountId: account.id, keySet }, admin));
  const found = await reader.findCredential(account.id, credentialName);
  const before = found?.revokedAtMs === undefined ? found : undefined;
  const domainAdded = known === undefined;
  if (before !== undefined) return { domain, domainAdded, credential: before, secret: undefined };
  const added = unlessRefused(
    await addCredential(
      {
        accountId: account.id,
        accountName: account.name,
        name: credentialName,
        kind: 'smtp',
        networks: [],
        domains: [name],
        fromAddresses: [],
        scopes: ['send'],
        stream: DEFAULT_STREAM,
        ratePerMinute: undefined,
        dailyQuota: undefined,
        requireTls: false,
        sendDsn: true,
        dsnTo: undefined,
        expiresAtMs: undefined,
      },
      admin,
    ),
  );
  return { domain, domainAdded, ...added };
}
