/** What the benchmark makes of the first message of a case: signed as said, with less, or wrongly. */
import { expect, it } from 'vitest';
import { signatureProblem } from '../../../bench/signature-check.ts';
import { dkimRecordValue } from '../../../src/dkim/keys.ts';
import { signingDomain, signMessage } from '../dkim/signed-message.ts';

const MESSAGE = Buffer.from('From: <a@example.org>\r\nSubject: x\r\n\r\nbody\r\n');

it('takes a message that is signed with every key of its domain, and no other', async () => {
  const { records, keys } = await signingDomain();
  const both = recordsOf(records);
  const rsaAlone = recordsOf(records.slice(0, 1));
  const sample = async (signers: typeof keys) => (await signMessage(MESSAGE, signers)).toString('latin1');
  expect(await signatureProblem(await sample(keys), both)).toBeUndefined();
  expect(await signatureProblem(await sample(keys.slice(0, 1)), rsaAlone)).toBeUndefined();

  expect(await signatureProblem(await sample(keys.slice(0, 1)), both)).toBe(
    'the sample has 1 signatures for 2 keys',
  );
  expect(await signatureProblem(await sample(keys), rsaAlone)).toBe('the sample has 2 signatures for 1 keys');
  expect(await signatureProblem(await sample(keys.slice(1)), both)).toBe('the sample has no RSA signature');
  const changed = (await sample(keys)).replace('body\r\n', 'another\r\n');
  expect(await signatureProblem(changed, both)).toMatch(/^the rsa-sha256 signature of the sample is /);
});

function recordsOf(keys: Awaited<ReturnType<typeof signingDomain>>['records']): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [`${key.selector}._domainkey.${key.domain}`, dkimRecordValue(key)]));
}
