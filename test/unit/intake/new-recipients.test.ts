import { expect, it } from 'vitest';
import { NewRecipients } from '../../../src/intake/new-recipients.ts';

const under = (key: string) => (text: string) =>
  new Uint8Array(Buffer.from(`${key}${text.slice('recipient '.length)}`.padEnd(16, '.')));
const encoded = (text: string) => Buffer.from(text.padEnd(16, '.')).toString('base64');

function stage(...known: readonly string[]) {
  const asked: string[][] = [];
  const reader = {
    knownRecipients(holder: string, hashes: readonly string[]) {
      asked.push([...hashes]);
      return Promise.resolve(holder === 'crd_1' ? hashes.filter((hash) => known.includes(hash)) : []);
    },
  };
  const recipients = new NewRecipients(reader, (text) => [under('n')(text), under('o')(text)]);
  return { asked, recipients };
}

it('knows a recipient by its hash under a previous key, and has the store count it as known', async () => {
  const { recipients } = stage(encoded('oa@b.c'));
  const hashes = recipients.hashesOf(['a@b.c', 'd@e.f']);
  await recipients.learn('crd_1', hashes);
  expect(recipients.unknownOf('crd_1', hashes)).toEqual([encoded('nd@e.f')]);
  expect(recipients.storedOf('crd_1', hashes)).toEqual([encoded('oa@b.c'), encoded('nd@e.f')]);
  expect(recipients.storedOf('crd_2', hashes)).toEqual(hashes);
});

it('has its hash replaced once, and gives the present one from then on', async () => {
  const { recipients } = stage(encoded('oa@b.c'));
  const hashes = recipients.hashesOf(['a@b.c']);
  await recipients.learn('crd_1', hashes);
  expect(recipients.takeRehashes(10)).toEqual([
    { holder: 'crd_1', from: encoded('oa@b.c'), to: encoded('na@b.c') },
  ]);
  expect(recipients.takeRehashes(10)).toEqual([]);
  expect(recipients.storedOf('crd_1', hashes)).toEqual(hashes);
});

it('asks the store once about a recipient that is known under the present key', async () => {
  const { asked, recipients } = stage(encoded('na@b.c'));
  const hashes = recipients.hashesOf(['a@b.c']);
  await recipients.learn('crd_1', hashes);
  await recipients.learn('crd_1', hashes);
  expect(asked).toEqual([[encoded('na@b.c'), encoded('oa@b.c')]]);
  expect(recipients.takeRehashes(10)).toEqual([]);
});
