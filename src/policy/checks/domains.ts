/** Whether the DKIM records of the sending domains are still in DNS: without them receivers refuse or distrust their mail. */
import type { Check } from './check.ts';

export interface DomainsFacts {
  /** Domains that were looked at; `undefined`: the first look is under way. */
  readonly looked: number | undefined;
  /** Those whose DKIM records are known to be missing or different, some by name. */
  readonly failing: number;
  readonly names: readonly string[];
  /** Those whose mail is refused since they failed for long, some by name. */
  readonly refused: readonly string[];
}

export const domains: Check<DomainsFacts> = {
  reason: 'DKIM records are missing',
  stopsMail: false,
  look({ looked, failing, names, refused }) {
    if (looked === undefined) return { ok: true, detail: 'the DKIM records are not looked at yet' };
    if (failing === 0) return { ok: true, detail: `the DKIM records of ${looked} domains are in DNS` };
    const others = failing > names.length ? ` and ${failing - names.length} more` : '';
    return {
      ok: false,
      detail: `DKIM records of ${names.join(', ')}${others} are missing in DNS, or different: receivers cannot verify the signatures of mail from there, and refuse it or take it for spam${refusedWords(refused)}`,
      remedy: `publish the records of relayctl domain show ${names[0] ?? 'DOMAIN'} again; they are looked at every five minutes. A domain that is not used any more: relayctl domain remove`,
    };
  },
};

function refusedWords(names: readonly string[]): string {
  return names.length === 0
    ? '. New mail is taken for a day, then it is refused'
    : `. New mail from ${names.join(', ')} is refused, since that was found for more than a day`;
}
