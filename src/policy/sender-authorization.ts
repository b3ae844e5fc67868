/**
 * May this credential send as this address? Asked for the envelope's reverse-path at MAIL and for every mailbox of
 * the header From after DATA. Facts in, decision out; a refusal is 550 5.7.1 and names the address and the relayctl
 * command that puts it right, but not the credential: who reads it need not be who runs the relay. RFC 6409 §6.1, RFC 5321 §7.1.
 *
 * - A domain counts by its exact name. `example.org` does not cover `mail.example.org`: DKIM keys are kept by domain,
 *   and who may publish a record in a zone need not own every name beneath it. Where `submission.subdomains` is on it does,
 *   unless the subdomain is a domain of anybody's own, or DMARC of the domain would fail its mail.
 * - Only the account's own domain counts: what other accounts have changes no word of a reply. Where
 *   `submission.require_verified_domain` is off, a domain that another account has verified is refused all the same.
 * - `credential.domains` narrows the account's domains; `credential.fromAddresses` narrows further. For the header
 *   From the whole address must be listed; for the reverse-path only its domain must occur among them, since bounce
 *   addresses differ from authors. Addresses are compared by `authorizationKey`.
 * - The null reverse-path is allowed (notifications are sent with it); From is checked all the same.
 */
import { shellWord } from '../platform/shell-word.ts';
import { authorizationKey } from '../smtp/address-keys.ts';
import { formatMailbox, type Mailbox } from '../smtp/address.ts';
import { changeForClient, changeForOperator } from './credential-change.ts';

export interface SenderCredential {
  /** `crd_` id. */
  readonly id: string;
  readonly accountId: string;
  readonly accountName: string;
  /** Lower-cased A-label names; empty: every domain of the account. */
  readonly domains: readonly string[];
  /** By `authorizationKey`; empty: any address of its domains. */
  readonly fromAddresses: readonly string[];
}

export interface SendingDomain {
  readonly verifiedAtMs: number | undefined;
  /** Names of its DKIM records that are known to be missing or different. Absent: it was never verified. */
  readonly failingRecords?: readonly string[] | undefined;
  /** The domain above it that covers it and signs its mail. Absent: it is a domain of its own. */
  readonly coveredBy?: string | undefined;
  /** DMARC of that domain is strict in DKIM and in SPF: mail from a subdomain fails it. */
  readonly isStrict?: boolean | undefined;
}

export interface SenderFacts {
  readonly credential: SenderCredential;
  /** The account's own sending domain of exactly this name; `undefined` when it has none. */
  readonly ownDomain: (name: string) => SendingDomain | undefined;
  /** Whether another account holds the name. Asked where verification is not required. */
  readonly heldByAnother: (name: string) => boolean;
  readonly requireVerifiedDomain: boolean;
}

export interface SenderRefusal {
  readonly code: 550;
  readonly status: '5.7.1';
  readonly text: string;
  /** The command to type, for the operator alone, where `text` cannot name the credential. */
  readonly fix?: string | undefined;
}

const LISTED_NAMES = 3;

/** `reversePath`: `undefined` is the null reverse-path. */
export function refuseEnvelopeDomain(
  reversePath: Mailbox | undefined,
  facts: SenderFacts,
): SenderRefusal | undefined {
  if (reversePath === undefined) return undefined;
  const refused = refuseDomain(reversePath, facts);
  if (refused !== undefined) return refused;
  const { fromAddresses } = facts.credential;
  const allowed = fromAddresses.map((address) => address.slice(address.lastIndexOf('@') + 1));
  if (allowed.length === 0 || allowed.includes(reversePath.domain)) return undefined;
  return refuseCredential(
    reversePath,
    facts.credential,
    fromAddresses,
    `--add-from ${shellWord(formatMailbox(reversePath))}`,
  );
}

/** Every author must be allowed; the first who is not decides the text. No author at all is refused. */
export function refuseHeaderFrom(authors: readonly Mailbox[], facts: SenderFacts): SenderRefusal | undefined {
  if (authors.length === 0) return refuse('the message has no author in its From field');
  for (const author of authors) {
    const refused = refuseAuthor(author, facts);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function refuseAuthor(author: Mailbox, facts: SenderFacts): SenderRefusal | undefined {
  const refused = refuseDomain(author, facts);
  if (refused !== undefined) return refused;
  const { fromAddresses } = facts.credential;
  if (fromAddresses.length === 0 || fromAddresses.includes(authorizationKey(author))) return undefined;
  const option = `--add-from ${shellWord(formatMailbox(author))}`;
  return refuseCredential(author, facts.credential, fromAddresses, option);
}

function refuseDomain(mailbox: Mailbox, facts: SenderFacts): SenderRefusal | undefined {
  const { credential, ownDomain, heldByAnother, requireVerifiedDomain } = facts;
  const name = mailbox.domain;
  if (credential.domains.length > 0 && !credential.domains.includes(name)) {
    return refuseCredential(mailbox, credential, credential.domains, `--add-domain ${name}`);
  }
  if (!requireVerifiedDomain && !heldByAnother(name)) return undefined;
  const domain = ownDomain(name);
  const isLiteral = name.startsWith('[');
  const shown = `<${formatMailbox(mailbox)}>`;
  if (domain?.verifiedAtMs !== undefined && !isLiteral)
    return domain.isStrict === true
      ? refuse(`${shown}: ${strictWords(name, domain.coveredBy ?? '')}`)
      : undefined;
  if (isLiteral) {
    return refuse(`${shown}: an address literal cannot be verified; use an address in a verified domain`);
  }
  const account =
    credential.accountName === 'default' ? '' : ` --account ${shellWord(credential.accountName)}`;
  if (domain === undefined) {
    return refuse(`${shown}: ${notYours(mailbox, facts)}; fix: relayctl domain add ${name}${account}`);
  }
  const verify = `relayctl domain verify ${name}${account}`;
  const [record, ...others] = domain.failingRecords ?? [];
  if (record === undefined) return refuse(`${shown}: ${name} is not verified yet; fix: ${verify}`);
  const records = others.length > 0 ? `${record} and ${others.length} more` : record;
  return refuse(
    `${shown}: ${name} is not verified any more: DNS does not have its DKIM record ${records} as it should be; ` +
      `fix: publish what ${verify} prints`,
  );
}

function strictWords(name: string, above: string): string {
  return (
    `DMARC of ${above} is strict (adkim=s, aspf=s), so mail from its subdomain ${name} would fail it; ` +
    `fix: relayctl domain add ${name}`
  );
}

function notYours(mailbox: Mailbox, facts: SenderFacts): string {
  const labels = mailbox.domain.split('.');
  for (let at = 1; at < labels.length - 1; at++) {
    const parent = labels.slice(at).join('.');
    if (facts.ownDomain(parent) !== undefined) {
      return `${mailbox.domain} is not a domain of this account (${parent} does not cover its subdomains)`;
    }
  }
  return `${mailbox.domain} is not a domain of this account`;
}

/** `allowed`: all that it may use; `option`: what would let it use `mailbox` too. */
function refuseCredential(
  mailbox: Mailbox,
  credential: SenderCredential,
  allowed: readonly string[],
  option: string,
): SenderRefusal {
  const more = allowed.length > LISTED_NAMES ? `, and ${allowed.length - LISTED_NAMES} more` : '';
  const text =
    `<${formatMailbox(mailbox)}>: this credential may only use ` +
    `${allowed.slice(0, LISTED_NAMES).join(', ')}${more}; fix: ${changeForClient(option)}`;
  return refuse(text, changeForOperator(credential, option));
}

function refuse(text: string, fix?: string): SenderRefusal {
  return { code: 550, status: '5.7.1', text, fix };
}
