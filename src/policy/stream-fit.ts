/**
 * Whether a message fits the stream that it is sent in. Mixing kinds costs the reputation of password resets: mail of lists in a
 * stream for single messages, the same text to hundreds, a stream's mail from a domain that is not its own. It is accepted all the same:
 * whoever runs the stream is told. Pure.
 */

export const MISFITS = ['list-fields', 'equal-bodies', 'other-domain'] as const;
export type Misfit = (typeof MISFITS)[number];

/** Within {@link EQUAL_BODIES_WITHIN_MS}, of one account in one stream. */
export const MANY_EQUAL_BODIES = 200;
export const EQUAL_BODIES_WITHIN_MS = 3_600_000;

export interface FitFacts {
  readonly kind: 'transactional' | 'broadcast';
  /** Of the stream; `undefined`: its mail comes from any domain of the account. */
  readonly subdomain: string | undefined;
  /** Fields of a mailing list (RFC 2369, RFC 2919), or `Precedence: bulk` or `list`. */
  readonly isListMail: boolean;
  /** Domain of the first author. */
  readonly domain: string;
  /** Messages with this body, this one included, of the last hour. */
  readonly equalBodies: number;
}

export function misfitsOf({ kind, subdomain, isListMail, domain, equalBodies }: FitFacts): readonly Misfit[] {
  const single = kind === 'transactional';
  const elsewhere = subdomain !== undefined && !isOfSubdomain(domain, subdomain);
  if (!elsewhere && !(single && (isListMail || equalBodies >= MANY_EQUAL_BODIES))) return FITS;
  return [
    ...(single && isListMail ? (['list-fields'] as const) : []),
    ...(single && equalBodies >= MANY_EQUAL_BODIES ? (['equal-bodies'] as const) : []),
    ...(elsewhere ? (['other-domain'] as const) : []),
  ];
}

const FITS: readonly Misfit[] = [];

/** `news.example.com` is of `news`, and so is what is below it. */
export function isOfSubdomain(domain: string, subdomain: string): boolean {
  return domain.startsWith(`${subdomain}.`) || domain.includes(`.${subdomain}.`);
}

/** What it means, and what to do, for whoever runs the stream `name`. */
export function misfitWords(misfit: Misfit, name: string): string {
  switch (misfit) {
    case 'list-fields':
      return `mail of a list (List-Id, List-Unsubscribe, Precedence) in the transactional stream ${name}: send it in a broadcast stream, so that complaints do not touch single messages`;
    case 'equal-bodies':
      return `the same text ${MANY_EQUAL_BODIES} times and more within an hour in the transactional stream ${name}: mail to many belongs in a broadcast stream`;
    case 'other-domain':
      return `mail in the stream ${name} from a domain that is not its subdomain: send it from there, or take the subdomain of the stream away`;
  }
}
