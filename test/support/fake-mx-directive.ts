/**
 * What the fake MX does with a recipient, read from the local part, so that a test says in the address what shall
 * happen and needs no shared state. Anything behind a `+` is ignored: it makes addresses unique.
 *
 * | local part | what happens |
 * |---|---|
 * | `defer-451-4.7.1` | RCPT is answered 451 4.7.1 |
 * | `bounce-550-5.1.1` | RCPT is answered 550 5.1.1 |
 * | `defer-once-…` | RCPT is answered 451 4.7.1 the first time for this address, then it accepts |
 * | `421-after-mail` | RCPT is answered 421 4.7.0 and the connection closed |
 * | `drop-at-rcpt`, `silent-at-rcpt` | RCPT: closed without a reply; never answered |
 * | `drop-in-data` | closed when the first octets of content arrive |
 * | `drop-after-dot` | takes the message, then closes without a reply |
 * | `silent-after-dot` | takes the message, never answers |
 * | `slow-30s`, `slow-250ms` | answers the final dot that much later |
 * | `data-554-5.7.1` | the final dot is answered 554 5.7.1 |
 * | `421-after-dot` | the final dot is answered 421 4.7.0 and the connection closed |
 * | anything else | accepted |
 */
export interface Directive {
  readonly rcpt: 'accept' | 'defer-once' | 'drop' | 'silent' | { readonly reply: string };
  readonly final: 'accept' | 'drop-in-data' | 'drop' | 'silent' | { readonly reply: string };
  /** Milliseconds before the final dot is answered. */
  readonly delayMs: number;
}

const ACCEPT: Directive = { rcpt: 'accept', final: 'accept', delayMs: 0 };

const FIXED: Readonly<Record<string, Partial<Directive>>> = {
  '421-after-mail': { rcpt: { reply: '421 4.7.0 closing after MAIL, as asked' } },
  '421-after-dot': { final: { reply: '421 4.7.0 closing after the dot, as asked' } },
  'drop-at-rcpt': { rcpt: 'drop' },
  'silent-at-rcpt': { rcpt: 'silent' },
  'drop-in-data': { final: 'drop-in-data' },
  'drop-after-dot': { final: 'drop' },
  'silent-after-dot': { final: 'silent' },
};

/** `address` is `local-part@domain`. */
export function directiveOf(address: string): Directive {
  const localPart = address.slice(0, address.lastIndexOf('@'));
  const name = localPart.split('+')[0] ?? '';
  const fixed = FIXED[name];
  if (fixed !== undefined) return { ...ACCEPT, ...fixed };
  if (name.startsWith('defer-once-')) return { ...ACCEPT, rcpt: 'defer-once' };
  const coded = /^(defer|bounce|data)-([45]\d\d)-([45]\.\d{1,3}\.\d{1,3})$/.exec(name);
  if (coded !== null) {
    const reply = `${coded[2]} ${coded[3]} as the address asked`;
    return coded[1] === 'data' ? { ...ACCEPT, final: { reply } } : { ...ACCEPT, rcpt: { reply } };
  }
  const slow = /^slow-(\d+)(ms|s)$/.exec(name);
  return slow === null ? ACCEPT : { ...ACCEPT, delayMs: Number(slow[1]) * (slow[2] === 's' ? 1000 : 1) };
}
