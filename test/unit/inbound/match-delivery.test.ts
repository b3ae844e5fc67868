import { describe, expect, it } from 'vitest';
import { deliveryMatcher } from '../../../src/inbound/match-delivery.ts';
import type { ReportedDelivery, ReportedMessage } from '../../../src/store/reports.ts';

const message = (...recipients: (string | Partial<ReportedDelivery>)[]): ReportedMessage => ({
  facts: undefined as never,
  contentId: 1,
  deliveries: recipients.map((one, index) => ({
    number: index + 1,
    recipient: 'user@example.net',
    destination: 'example.net',
    originalRecipient: undefined,
    notify: undefined,
    state: 'delivered',
    ...(typeof one === 'string' ? { recipient: one } : one),
  })),
});

const match = (
  about: ReportedMessage,
  named: { recipient?: string; originalRecipient?: string },
  to: readonly string[] = [],
  within = about.deliveries,
) => {
  const reported = { recipient: undefined, originalRecipient: undefined, ...named };
  const found = deliveryMatcher({ deliveries: about.deliveries, within }, { to })(reported);
  return found && [found.delivery.number, found.sameAddress];
};

describe('a report is matched', () => {
  const two = message('ann@example.net', 'Bob@example.net');

  it.each([
    ['by the final recipient, whatever its case', { recipient: 'BOB@Example.NET' }, [2, true]],
    [
      'by the original recipient before the final one',
      { recipient: 'bob@example.net', originalRecipient: 'ann@example.net' },
      [1, true],
    ],
    ['in angle brackets', { recipient: '<ann@example.net>' }, [1, true]],
    ['by a local user that is unique', { recipient: 'bob' }, [2, true]],
    ['to nobody when it names somebody else', { recipient: 'eve@example.org' }, undefined],
    ['to nobody when it names nobody', {}, undefined],
  ] as const)('%s', (_, named, expected) => {
    expect(match(two, named)).toEqual(expected);
  });

  it('by the ORCPT that the sender gave', () => {
    const about = message('a@inner.example', {
      recipient: 'b@inner.example',
      originalRecipient: 'rfc822;b@outer.example',
    });
    expect(match(about, { recipient: 'b@OUTER.example' })).toEqual([2, true]);
  });

  it('to the only recipient, and says when it names another address', () => {
    expect(match(message('bob@example.net'), {})).toEqual([1, true]);
    expect(match(message('bob@example.net'), { recipient: 'eve@example.org' })).toEqual([1, false]);
  });

  it('by the To of what it sends back, when that leaves one', () => {
    expect(match(two, {}, ['Ann@example.net'])).toEqual([1, true]);
    expect(match(two, {}, ['ann@example.net', 'bob@example.net'])).toBeUndefined();
  });

  it('within what it has a say in: never to another, and to nobody when it names another', () => {
    const within = two.deliveries.slice(0, 1);
    expect(match(two, { recipient: 'ann@example.net' }, [], within)).toEqual([1, true]);
    expect(match(two, { recipient: 'bob@example.net' }, [], within)).toBeUndefined();
    expect(match(two, { recipient: 'eve@example.org' }, [], within)).toEqual([1, false]);
    expect(match(two, {}, ['bob@example.net'], within)).toEqual([1, true]);
  });

  it('never to one of several of the same name', () => {
    expect(match(message('bob@one.example', 'bob@two.example'), { recipient: 'bob' })).toBeUndefined();
  });
});
