import { expect, it } from 'vitest';
import { makeReportToken, readReportToken } from '../../../src/dsn/report-token.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { MessageIds } from '../../../src/intake/message-ids.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const box = createSecretBox(new Uint8Array(32), seededRandom());
const hash = (text: string) => box.hmac(text);

it('gives ids that sort by time, each once, with the token that each would get by itself', () => {
  const ids = new MessageIds(seededRandom(), hash);
  const made = Array.from({ length: 200 }, (_, at) => ids.next(1_700_000_000_000 + at));
  expect(new Set(made).size).toBe(200);
  expect(made.toSorted()).toEqual(made);
  for (const id of made) {
    const token = ids.reportTokenOf(id);
    expect(token).toBe(makeReportToken(id, hash));
    expect(readReportToken(token, hash)).toBe(id);
  }
});

it('makes the token of an id that it does not remember', () => {
  const ids = new MessageIds(seededRandom(), hash);
  const [first = ''] = Array.from({ length: 5_000 }, (_, at) => ids.next(at));
  expect(ids.reportTokenOf(first)).toBe(makeReportToken(first, hash));
  expect(ids.reportTokenOf(first)).toBe(makeReportToken(first, hash));
});

it('believes no token whose time of acceptance was changed together with its id', () => {
  const ids = new MessageIds(seededRandom(), hash);
  const id = ids.next(1_700_000_000_000);
  const token = ids.reportTokenOf(id);
  const other = ids.next(1_700_000_000_000);
  expect(readReportToken(token.replace(id.slice(-16), other.slice(-16)), hash)).toBeUndefined();
});
