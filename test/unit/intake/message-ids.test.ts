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
  const inOrder = made.map(({ id }) => id);
  expect(new Set(inOrder).size).toBe(200);
  expect(inOrder.toSorted()).toEqual(inOrder);
  for (const { id, reportToken } of made) {
    expect(reportToken).toBe(makeReportToken(id, hash));
    expect(readReportToken(reportToken, box.hmacs)).toBe(id);
  }
});

it('believes no token whose time of acceptance was changed together with its id', () => {
  const ids = new MessageIds(seededRandom(), hash);
  const { id, reportToken } = ids.next(1_700_000_000_000);
  const other = ids.next(1_700_000_000_000).id;
  expect(readReportToken(reportToken.replace(id.slice(-16), other.slice(-16)), box.hmacs)).toBeUndefined();
});
