/** Names of accounts by their public ids, for rules that name accounts. Looked up once and kept: they never change. */

export type ListAccounts = () => Promise<readonly { readonly id: string; readonly name: string }[]>;

export class AccountNames {
  readonly #list: ListAccounts;
  readonly #names = new Map<string, string>();
  #loading: Promise<void> | undefined;

  constructor(list: ListAccounts) {
    this.#list = list;
  }

  /** `undefined`: not known yet; {@link load} it. */
  of(accountId: string): string | undefined {
    return this.#names.get(accountId);
  }

  load(accountId: string): Promise<void> {
    this.#loading ??= this.#load(accountId).finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #load(accountId: string): Promise<void> {
    for (const { id, name } of await this.#list()) this.#names.set(id, name);
    // The relay's own mail has an account that nobody sees, and no rule names it.
    if (!this.#names.has(accountId)) this.#names.set(accountId, '');
  }
}
