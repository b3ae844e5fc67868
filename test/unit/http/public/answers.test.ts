import { describe, expect, it } from 'vitest';
import {
  changed,
  GONE,
  NOTHING_TO_UNDO,
  offer,
  type PageFacts,
} from '../../../../src/http/public/answers.ts';
import { RESUBSCRIBE_WITHIN_MS } from '../../../../src/policy/unsubscribe.ts';
import type { Subscription } from '../../../../src/store/unsubscribes.ts';

const NOW = 1_700_000_000_000;
const facts = (streams: readonly Subscription[], undo = false): PageFacts => ({
  path: { token: 'TOKEN', undo },
  stream: 'news',
  subscriptions: { domain: 'shop.example', streams },
  nowMs: NOW,
});
const news = (state: Subscription['state'], sinceMs?: number): Subscription => ({
  stream: 'news',
  title: 'Our news',
  state,
  sinceMs,
});
const buttons = (html: string) =>
  [...html.matchAll(/action="([^"]*)"><input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
    ([, action, name, value]) => [action, name, value],
  );

describe('the page of a link', () => {
  it('offers to unsubscribe, by a form that leads to the link itself', () => {
    const { status, body } = offer(facts([news('subscribed')]));
    expect(status).toBe(200);
    expect(buttons(body)).toEqual([['TOKEN', 'unsubscribe', 'news']]);
    expect(body).toContain('“Our news” from shop.example');
  });

  it('offers to take it back for thirty days', () => {
    const at = (sinceMs: number) => buttons(offer(facts([news('unsubscribed', sinceMs)])).body);
    expect(at(NOW - RESUBSCRIBE_WITHIN_MS)).toEqual([['TOKEN/undo', 'resubscribe', 'news']]);
    expect(at(NOW - RESUBSCRIBE_WITHIN_MS - 1)).toEqual([]);
  });

  it('of undo has its button, or says that there is nothing', () => {
    expect(buttons(offer(facts([news('unsubscribed', NOW)], true)).body)).toEqual([
      ['undo', 'resubscribe', 'news'],
    ]);
    expect(offer(facts([news('subscribed')], true))).toBe(NOTHING_TO_UNDO);
    expect(offer(facts([news('unsubscribed', 0)], true))).toBe(NOTHING_TO_UNDO);
  });

  it('has no button for what is suppressed for another reason', () => {
    expect(buttons(offer(facts([news('blocked')])).body)).toEqual([]);
  });

  it('says that nothing is sent where the list is gone', () => {
    expect(offer(facts([{ stream: 'offers', title: 'offers', state: 'subscribed' }]))).toBe(GONE);
  });

  it('has a button for each other list, which says what it is about', () => {
    const { body } = offer(
      facts([
        news('subscribed'),
        { stream: 'a', title: 'A list', state: 'unsubscribed', sinceMs: NOW },
        { stream: 'b', title: 'b', state: 'blocked' },
      ]),
    );
    expect(buttons(body)).toEqual([
      ['TOKEN', 'unsubscribe', 'news'],
      ['TOKEN', 'resubscribe', 'a'],
    ]);
    expect(body).toContain('aria-label="Subscribe again: A list"');
  });

  it('leads back to the link from the page of undo', () => {
    const back = changed(
      facts([news('subscribed'), { stream: 'a', title: 'a', state: 'subscribed' }], true),
      news('subscribed'),
    );
    expect(buttons(back.body)).toEqual([['../TOKEN', 'unsubscribe', 'a']]);
  });

  it('shows no markup that a name may carry', () => {
    const title = '<img src=x onerror="a">&';
    const { body } = offer(facts([{ stream: 'news', title, state: 'subscribed' }]));
    expect(body).not.toContain('<img');
    expect(body).toContain('&lt;img src=x onerror=&quot;a&quot;&gt;&amp;');
  });
});
