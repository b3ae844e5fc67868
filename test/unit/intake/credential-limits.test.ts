/** The daily quota of a credential whose quota changes, and what is counted while the store is asked. */
import { expect, it } from 'vitest';
import { CredentialLimits } from '../../../src/intake/credential-limits.ts';
import { networkCredential } from '../../protocol/support/submission-fixture.ts';

const NOW_MS = Date.UTC(2026, 10, 30, 12);
const limited = networkCredential({ dailyQuota: 10 });
const unlimited = networkCredential({ dailyQuota: undefined });

it('counts what was sent while there was no quota, once there is one again', async () => {
  let stored = 0;
  const limits = new CredentialLimits(() => Promise.resolve(stored));
  const send = async (credential: typeof limited, recipients: number) => {
    const refusal = await limits.takeRecipients(credential, recipients, NOW_MS);
    if (refusal === undefined) stored += recipients;
    return refusal?.code;
  };
  expect(await send(limited, 3)).toBeUndefined();
  expect(await send(unlimited, 50)).toBeUndefined();
  expect(await send(limited, 1)).toBe(452);
});

it('counts all that ask while the store is asked', async () => {
  const asked = Promise.withResolvers<number>();
  const limits = new CredentialLimits(() => asked.promise);
  const both = [1, 2].map(() => limits.takeRecipients(limited, 6, NOW_MS));
  asked.resolve(0);
  expect((await Promise.all(both.map(async (asking) => asking))).map((refusal) => refusal?.code)).toEqual([
    undefined,
    452,
  ]);
});
