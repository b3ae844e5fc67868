/** What is known of the addresses that mail leaves from, and of names and addresses in DNS, as the checks take it. */

/** As the system would choose them for a connection to the internet; nobody was asked. */
export interface SendingAddresses {
  readonly public: readonly string[];
  /** Where no public one is: those of this machine, behind address translation. Empty: it has no way out. */
  readonly private: readonly string[];
}

/** What a name leads to. */
export type NameOutcome =
  | { readonly kind: 'found'; readonly addresses: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: string };
