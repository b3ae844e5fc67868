/** Which stream a message is sent in, and what the stream adds to it. */
import { describe, expect, test } from 'vitest';
import { chooseStream } from '../../../src/intake/stream-choice.ts';
import { streamFields } from '../../../src/intake/stream-fields.ts';
import { StreamFitWatch } from '../../../src/intake/stream-fit-watch.ts';
import { EQUAL_BODIES_WITHIN_MS, MANY_EQUAL_BODIES } from '../../../src/policy/stream-fit.ts';
import type { Stream } from '../../../src/store/directory-records.ts';
import type { MessageFacts } from '../../../src/store/message-records.ts';

const OF = { accountId: 'acc_1', createdAtMs: 0 };
const STREAMS: readonly Stream[] = [
  { ...OF, name: 'codes', kind: 'transactional', maxAgeMs: 600_000 },
  { ...OF, name: 'news', kind: 'broadcast', subdomain: 'news' },
];
const directory = { knownStreams: async () => STREAMS, streamByName: async () => undefined };

async function chosen(
  asked: string | undefined,
  domain: string,
  stream: string,
): Promise<string | undefined> {
  return (await chooseStream(asked, domain, { accountId: 'acc_1', stream }, directory))?.name;
}

describe('the stream of a message', () => {
  test.each([
    ['the one that it names', 'codes', 'news.example.org', 'transactional', 'codes'],
    ['its credential’s', undefined, 'news.example.org', 'codes', 'codes'],
    ['that of its subdomain', undefined, 'news.example.org', 'transactional', 'news'],
    ['the transactional one', undefined, 'example.org', 'transactional', 'transactional'],
    ['one that every account has, listed or not', 'broadcast', 'example.org', 'codes', 'broadcast'],
    ['none', 'nowhere', 'news.example.org', 'codes', undefined],
  ])('is %s', async (_which, asked, domain, stream, name) => {
    expect(await chosen(asked, domain, stream)).toBe(name);
  });
});

describe('the fields of a stream', () => {
  const facts = { account: 'shop', stream: 'news', domain: 'example.org', tag: undefined };
  const header = Buffer.from('From: a@example.org\r\nfeedback-id: own\r\n\r\n');

  test('are added where the message has none, with what is known of it', () => {
    const headers = {
      'Feedback-ID': '{stream}:{account}',
      'X-Of': '{account}/{stream}/{domain}/{tag} {other}',
    };
    expect(streamFields(headers, header, facts)).toBe('X-Of: shop/news/example.org/- {other}\r\n');
    expect(streamFields(headers, header, { ...facts, tag: '$&' })).toContain('/$& ');
  });

  test('are folded, and are nothing where there are none', () => {
    const long = streamFields({ 'X-Long': 'word '.repeat(40).trim() }, header, facts) ?? '';
    expect(long.split('\r\n').every((line) => line.length <= 78)).toBe(true);
    expect(streamFields(undefined, header, facts)).toBeUndefined();
    expect(streamFields({ 'Feedback-ID': 'x' }, header, facts)).toBeUndefined();
  });
});

describe('what does not fit', () => {
  const message = (parts: Partial<MessageFacts> = {}) =>
    ({
      ...{
        id: 'msg_1',
        accountId: 'acc_1',
        stream: 'transactional',
        bodyHash: 'a',
        headerFrom: 'x@example.org',
      },
      ...{ acceptedAtMs: 0, ...parts },
    }) as MessageFacts;
  const stream = { name: 'transactional', kind: 'transactional' } as const;

  test('is counted from the hundreds on, and for an hour', () => {
    const watch = new StreamFitWatch();
    const send = (times: number, parts?: Partial<MessageFacts>) => {
      for (let count = 0; count < times; count++) watch.note(message(parts), stream, false);
    };
    send(MANY_EQUAL_BODIES - 1);
    send(500, { accountId: 'acc_2', bodyHash: 'b', stream: 'other' });
    for (let at = 0; at < 500; at++) send(1, { bodyHash: `own ${at}` });
    expect(watch.take().map(({ accountId, messages }) => [accountId, messages])).toEqual([['acc_2', 301]]);
    send(2, { acceptedAtMs: EQUAL_BODIES_WITHIN_MS });
    expect(watch.take()).toEqual([]);
    send(MANY_EQUAL_BODIES - 2, { acceptedAtMs: EQUAL_BODIES_WITHIN_MS, id: 'msg_2' });
    const [found] = watch.take();
    expect(found).toMatchObject({
      stream: 'transactional',
      misfit: 'equal-bodies',
      messages: 1,
      exampleId: 'msg_2',
    });
  });
});
