/** What an erasure leaves, since somebody decided it: credentials and configuration that have the address. */
import type { Config } from '../../config/config.ts';
import { formatMailbox } from '../../smtp/address.ts';
import { mentionsOf, type AddressMentions } from '../../smtp/address-mentions.ts';
import type { DirectoryReader } from '../../store/directory.ts';
import type { Account, Credential } from '../../store/directory-records.ts';
import type { With } from '../admin-context.ts';

/** Something that is configuration and has the address. */
export interface LeftBehind {
  readonly what: 'credential' | 'configuration';
  /** Of a credential its name, of the configuration its key. */
  readonly name: string;
  /** In the words of the command line. */
  readonly remedy: string;
}

const CREDENTIALS_A_PAGE = 500;

/** Of the configuration, and of the account's credentials. */
export async function leftOf(
  account: Pick<Account, 'id' | 'name'>,
  address: string,
  { reader, config }: Pick<With<'reader' | 'config'>, 'reader' | 'config'>,
): Promise<readonly LeftBehind[]> {
  const mentions = mentionsOf(address);
  const left: LeftBehind[] = [];
  for await (const credential of credentialsOf(account.id, reader)) {
    const { name, username, dsnTo, fromAddresses, revokedAtMs } = credential;
    const has = (text: string | undefined) => text !== undefined && mentions.isIn(text);
    const isThere = [name, username, dsnTo, ...fromAddresses].some(has);
    if (!isThere) continue;
    const of = `--account ${account.name}`;
    const remedy =
      revokedAtMs !== undefined
        ? 'it is revoked, and stays for the audit log'
        : has(dsnTo)
          ? `relayctl credential change ${name} --dsn-to OTHER ${of}`
          : fromAddresses.some(has)
            ? `relayctl credential change ${name} --remove-from ${address} ${of}`
            : `relayctl credential revoke ${name} ${of}`;
    left.push({ what: 'credential', name, remedy });
  }
  return [...left, ...configured(config, mentions)];
}

async function* credentialsOf(
  accountId: string,
  reader: Pick<DirectoryReader, 'listCredentials'>,
): AsyncIterable<Credential> {
  for (let after: string | undefined; ;) {
    const page = await reader.listCredentials(accountId, after, CREDENTIALS_A_PAGE);
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < CREDENTIALS_A_PAGE) return;
  }
}

function configured(config: Config, mentions: AddressMentions): readonly LeftBehind[] {
  const { operator, inbound } = config;
  const keys: readonly (readonly [string, string | readonly string[] | undefined])[] = [
    ['operator.mail', operator.mail],
    ['operator.from', operator.from],
    ['inbound.postmaster', inbound.postmaster && formatMailbox(inbound.postmaster)],
  ];
  return keys
    .filter(([, value]) => [value].flat().some((text) => text !== undefined && mentions.isIn(text)))
    .map(([name]) => ({ what: 'configuration', name, remedy: `change ${name} in the configuration` }));
}
