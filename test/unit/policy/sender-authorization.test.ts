import { describe, expect, it } from 'vitest';
import {
  refuseEnvelopeDomain,
  refuseHeaderFrom,
  type SenderCredential,
  type SendingDomain,
} from '../../../src/policy/sender-authorization.ts';
import { isMailbox, parseMailbox, type Mailbox } from '../../../src/smtp/address.ts';

const DOMAINS: Readonly<Record<string, SendingDomain>> = {
  'example.org': { verifiedAtMs: 1 },
  'second.example': { verifiedAtMs: 1 },
  'new.example': { verifiedAtMs: undefined },
  'contested.example': { verifiedAtMs: undefined },
  'lost.example': {
    verifiedAtMs: undefined,
    failingRecords: ['one._domainkey.lost.example', 'two._domainkey.lost.example'],
  },
};
const HELD_BY_ANOTHER = ['theirs.example', 'contested.example'];

function mailbox(text: string): Mailbox {
  const parsed = parseMailbox(text);
  if (!isMailbox(parsed)) throw new Error(`${text}: ${parsed.problem}`);
  return parsed;
}

interface Given {
  readonly credential?: Partial<SenderCredential>;
  readonly requireVerifiedDomain?: boolean;
}

function factsOf(given: Given) {
  return {
    credential: {
      id: 'crd_1',
      accountId: 'acc_1',
      accountName: 'default',
      domains: [],
      fromAddresses: [],
      ...given.credential,
    },
    ownDomain: (name: string) => DOMAINS[name],
    heldByAnother: (name: string) => HELD_BY_ANOTHER.includes(name),
    requireVerifiedDomain: given.requireVerifiedDomain ?? true,
  };
}

function envelope(address: string | undefined, given: Given = {}): string {
  const refused = refuseEnvelopeDomain(address === undefined ? undefined : mailbox(address), factsOf(given));
  return refused === undefined ? 'ok' : `${refused.code} ${refused.status} ${refused.text}`;
}

function from(addresses: readonly string[], given: Given = {}): string {
  const refused = refuseHeaderFrom(addresses.map(mailbox), factsOf(given));
  return refused === undefined ? 'ok' : refused.text;
}

describe('the reverse-path', () => {
  it.each([
    ['null', undefined],
    ['in a verified domain', 'bounces@example.org'],
    ['in a verified domain, other case', 'Bounces@EXAMPLE.ORG'],
  ])('%s is allowed', (_name, address) => {
    expect(envelope(address)).toBe('ok');
  });

  it('in an unknown domain is refused with the command that adds it', () => {
    expect(envelope('a@nobody.example')).toBe(
      '550 5.7.1 <a@nobody.example>: nobody.example is not a domain of this account; fix: relayctl domain add nobody.example',
    );
  });

  it('in a domain that is not verified is refused with the command that verifies it', () => {
    expect(envelope('a@new.example')).toBe(
      '550 5.7.1 <a@new.example>: new.example is not verified yet; fix: relayctl domain verify new.example',
    );
  });

  it('in a domain whose DKIM records are gone is refused with the record and the command', () => {
    expect(envelope('a@lost.example')).toBe(
      '550 5.7.1 <a@lost.example>: lost.example is not verified any more: DNS does not have its DKIM record ' +
        'one._domainkey.lost.example and 1 more as it should be; fix: publish what relayctl domain verify lost.example prints',
    );
  });

  it('in a subdomain of a verified domain is refused and says why', () => {
    expect(envelope('a@mail.example.org')).toContain('(example.org does not cover its subdomains)');
  });

  it('in a domain of another account is refused in the words of an unknown one, verified or not required', () => {
    for (const requireVerifiedDomain of [true, false]) {
      expect(envelope('a@theirs.example', { requireVerifiedDomain })).toBe(
        '550 5.7.1 <a@theirs.example>: theirs.example is not a domain of this account; fix: relayctl domain add theirs.example',
      );
    }
  });

  it('in a domain that another account holds as well is refused in the words of one that nobody verified', () => {
    for (const requireVerifiedDomain of [true, false]) {
      expect(envelope('a@contested.example', { requireVerifiedDomain })).toBe(
        '550 5.7.1 <a@contested.example>: contested.example is not verified yet; fix: relayctl domain verify contested.example',
      );
    }
  });

  it('in any other domain is allowed when verification is not required', () => {
    expect(envelope('a@nobody.example', { requireVerifiedDomain: false })).toBe('ok');
    expect(envelope('a@new.example', { requireVerifiedDomain: false })).toBe('ok');
  });

  it('with an address literal is refused', () => {
    expect(envelope('a@[192.0.2.1]')).toContain('an address literal cannot be verified');
  });

  it('outside the domains of the credential is refused without naming it, which the log does', () => {
    const facts = factsOf({ credential: { domains: ['example.org'], accountName: 'shop' } });
    expect(refuseEnvelopeDomain(mailbox('a@second.example'), facts)).toEqual({
      code: 550,
      status: '5.7.1',
      text: '<a@second.example>: this credential may only use example.org; fix: relayctl credential change --add-domain second.example',
      fix: 'relayctl credential change crd_1 --add-domain second.example',
    });
  });

  it('in the domain of an allowed From address is allowed, another domain is not', () => {
    const given = { credential: { fromAddresses: ['alice@example.org'] } };
    expect(envelope('bounces@example.org', given)).toBe('ok');
    expect(envelope('bounces@second.example', given)).toContain('--add-from bounces@second.example');
  });

  it('names the account in the command unless it is the default one', () => {
    expect(envelope('a@new.example', { credential: { accountName: 'shop' } })).toContain(
      'relayctl domain verify new.example --account shop',
    );
  });
});

describe('the authors in From', () => {
  it('are allowed when all are in verified domains', () => {
    expect(from(['a@example.org', 'b@second.example'])).toBe('ok');
  });

  it('are refused when one of them is not', () => {
    expect(from(['a@example.org', 'ceo@bank.example'])).toContain('<ceo@bank.example>');
  });

  it('are refused when there are none', () => {
    expect(from([])).toContain('no author');
  });

  it('must be among the addresses of the credential, in any case of letters and any quotes', () => {
    const given = { credential: { fromAddresses: ['alice@example.org'] } };
    for (const author of ['Alice@Example.org', '"alice"@example.org', String.raw`"al\ice"@example.org`])
      expect(from([author], given)).toBe('ok');
    expect(from(['bob@example.org'], given)).toBe(
      '<bob@example.org>: this credential may only use alice@example.org; fix: relayctl credential change --add-from bob@example.org',
    );
  });

  it.each(['\u212aate', 'ｋate', 'ka\u00adte', 'kat\u0435'])(
    'are not among them when only Unicode makes them equal: %j',
    (localPart) => {
      const given = { credential: { fromAddresses: ['kate@example.org'] } };
      expect(from([`${localPart}@example.org`], given)).toContain('may only use kate@example.org');
    },
  );

  it('must be in the domains of the credential as well as among its addresses', () => {
    const given = { credential: { domains: ['second.example'], fromAddresses: ['alice@example.org'] } };
    expect(from(['alice@example.org'], given)).toBe(
      '<alice@example.org>: this credential may only use second.example; fix: relayctl credential change --add-domain example.org',
    );
  });

  it('are shown so that a shell takes the command as it is', () => {
    const given = { credential: { fromAddresses: ['alice@example.org'] } };
    expect(from(["o'neill@example.org"], given)).toContain(String.raw`--add-from 'o'\''neill@example.org'`);
  });

  it('keep the text short when the credential has many domains', () => {
    const domains = Array.from({ length: 50 }, (_, i) => `d${i}.example`);
    expect(from(['a@example.org'], { credential: { domains } })).toContain(
      'd0.example, d1.example, d2.example, and 47 more',
    );
  });
});
