import { expect, it } from 'vitest';
import { sessionLimits } from '../../../../src/smtp/client/session-limits.ts';

it.each([
  ['RCPTMAX=20 MAILMAX=5', 5, 20],
  ['mailmax=1', 1, Infinity],
  ['RCPTDOMAINMAX=1 RCPTMAX=999999', Infinity, 999_999],
  ['RCPTMAX=0 MAILMAX=-1', Infinity, Infinity],
  ['RCPTMAX=1000000 XMAILMAX=3', Infinity, Infinity],
  ['RCPTMAX=many', Infinity, Infinity],
  ['', Infinity, Infinity],
  [undefined, Infinity, Infinity],
])('LIMITS %s', (written, mailMax, rcptMax) => {
  const extensions = new Map(written === undefined ? [] : [['LIMITS', written]]);
  expect(sessionLimits({ extensions })).toEqual({ mailMax, rcptMax });
});
