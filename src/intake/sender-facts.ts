/**
 * What policy/sender-authorization.ts has to know of a sender, read from the directory before it is asked. No more is
 * read than the decision needs: authors come from a stranger's header, and the first who may not be used decides.
 */
import type { SubmissionConfig } from '../config/config.ts';
import { isLost } from '../policy/domain-claim.ts';
import { DMARC_OF_SUBDOMAINS } from '../dkim/dmarc.ts';
import type { NoticeFacts } from '../policy/notice-author.ts';
import { noticeDomains } from '../policy/notice-author.ts';
import type { SenderFacts, SendingDomain } from '../policy/sender-authorization.ts';
import type { Mailbox } from '../smtp/address.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/directory-records.ts';

export interface SenderContext {
  readonly directory: Pick<DirectoryReader, 'findDomain' | 'domainHolder' | 'dkimKeys'>;
  /** Live. */
  readonly config: {
    readonly submission: Pick<SubmissionConfig, 'requireVerifiedDomain'> &
      Partial<Pick<SubmissionConfig, 'subdomains'>>;
  };
}

/** To decide about `mailboxes`, in their order. Rejects with what the store rejects with. */
export function senderFacts(
  credential: Credential,
  mailboxes: readonly Mailbox[],
  context: SenderContext,
): Promise<SenderFacts> {
  const [only] = mailboxes;
  if (mailboxes.length !== 1 || only === undefined || !context.config.submission.requireVerifiedDomain)
    return factsOfMany(credential, mailboxes, context);
  return context.directory
    .findDomain(credential.accountId, only.domain)
    .then((own) =>
      own?.verifiedAtMs === undefined
        ? factsOfMany(credential, mailboxes, context)
        : factsOfOne(credential, only.domain, own),
    );
}

async function factsOfMany(
  credential: Credential,
  mailboxes: readonly Mailbox[],
  context: SenderContext,
): Promise<SenderFacts> {
  const domains = new Domains(credential, context);
  for (const { domain } of mailboxes) {
    if (await domains.allows(domain)) continue;
    await domains.readParents(domain);
    break;
  }
  return domains.facts;
}

/** What nearly every message needs, asked twice for each. */
function factsOfOne(credential: Credential, domain: string, own: SendingDomain): SenderFacts {
  return {
    credential,
    ownDomain: (name) => (name === domain ? own : undefined),
    heldByAnother: () => true,
    requireVerifiedDomain: true,
  };
}

/** To choose who a notice is from that names `given`. Rejects with what the store rejects with. */
export async function noticeFacts(
  credential: Credential,
  given: readonly Mailbox[],
  context: SenderContext & { readonly directory: Pick<DirectoryReader, 'oldestVerifiedDomain'> },
): Promise<NoticeFacts> {
  const domains = new Domains(credential, context);
  for (const { domain } of given) if (!(await domains.allows(domain))) break;
  for (const domain of noticeDomains(given, credential)) await domains.allows(domain);
  const oldest = (await context.directory.oldestVerifiedDomain(credential.accountId))?.name;
  if (oldest !== undefined) await domains.allows(oldest);
  return { ...domains.facts, oldestVerifiedDomain: oldest };
}

/** Labels above a name that are looked at. */
const MOST_PARENTS = 8;

/** Each name above `name`, nearest first, with the one below it. */
function* parentsOf(name: string): Generator<readonly [parent: string, below: string]> {
  if (name.startsWith('[')) return;
  let below = name;
  for (let count = 0; count < MOST_PARENTS; count++) {
    const parent = below.slice(below.indexOf('.') + 1);
    if (!parent.includes('.') || parent === below) return;
    yield [parent, below];
    below = parent;
  }
}

class Domains {
  readonly #credential: Credential;
  readonly #context: SenderContext;
  readonly #own = new Map<string, SendingDomain | undefined>();
  /** Names that are known to be nobody else's. */
  readonly #free = new Set<string>();

  constructor(credential: Credential, context: SenderContext) {
    this.#credential = credential;
    this.#context = context;
  }

  /** What was not read is nobody's to use. */
  get facts(): SenderFacts {
    return {
      credential: this.#credential,
      ownDomain: (name) => this.#own.get(name),
      heldByAnother: (name) => !this.#free.has(name),
      requireVerifiedDomain: this.#context.config.submission.requireVerifiedDomain,
    };
  }

  /** Reads what is known of the domain; false: no address of it may be used. */
  async allows(name: string): Promise<boolean> {
    const { directory, config } = this.#context;
    const { requireVerifiedDomain } = config.submission;
    const { accountId } = this.#credential;
    const own = this.#own.has(name) ? this.#own.get(name) : await this.#read(accountId, name);
    this.#own.set(name, own);
    if (!requireVerifiedDomain && !this.#free.has(name)) {
      const holder = await directory.domainHolder(name);
      if ((holder?.accountId ?? accountId) === accountId) this.#free.add(name);
    }
    return own?.verifiedAtMs !== undefined || (!requireVerifiedDomain && this.#free.has(name));
  }

  async #read(accountId: string, name: string): Promise<SendingDomain | undefined> {
    const { directory } = this.#context;
    const own = await directory.findDomain(accountId, name);
    if (own === undefined)
      return this.#context.config.submission.subdomains === true
        ? await this.#covering(accountId, name)
        : undefined;
    if (!isLost(own)) return own;
    const keys = await directory.dkimKeys(own.id);
    const failing = keys.filter(
      ({ state, failingSinceMs }) => state === 'active' && failingSinceMs !== undefined,
    );
    return { ...own, failingRecords: failing.map(({ selector }) => `${selector}._domainkey.${name}`) };
  }

  /** The nearest domain above `name` that is the account's, if it is verified and nobody else holds a name in between. */
  async #covering(accountId: string, name: string): Promise<SendingDomain | undefined> {
    const { directory } = this.#context;
    for (const [parent, below] of parentsOf(name)) {
      if ((await directory.domainHolder(below)) !== undefined) return undefined;
      const own = await directory.findDomain(accountId, parent);
      if (own?.verifiedAtMs === undefined) {
        if (own !== undefined) return undefined;
        continue;
      }
      const isStrict = own.recordStatus[DMARC_OF_SUBDOMAINS] === 'different';
      return { verifiedAtMs: own.verifiedAtMs, coveredBy: parent, isStrict };
    }
    return undefined;
  }

  /** The refusal names the nearest domain above it that is the account's. */
  async readParents(name: string): Promise<void> {
    if (this.#own.get(name) !== undefined) return;
    const labels = name.split('.');
    for (let at = 1; at < labels.length - 1; at++) {
      const parent = labels.slice(at).join('.');
      const own = await this.#context.directory.findDomain(this.#credential.accountId, parent);
      this.#own.set(parent, own);
      if (own !== undefined) return;
    }
  }
}
