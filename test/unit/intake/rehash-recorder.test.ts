import { expect, it } from 'vitest';
import { heldBy } from '../../../src/intake/credential-standing.ts';
import { RehashRecorder } from '../../../src/intake/rehash-recorder.ts';
import type { Credential } from '../../../src/store/directory-records.ts';

const hash = (octet: number) => new Uint8Array(32).fill(octet);
const credential = (parts: Partial<Credential>) =>
  ({ id: 'crd_1', secretHash: hash(1), ...parts }) as Credential;

function note(recorder: RehashRecorder, presented: readonly Uint8Array[], stored: Credential): void {
  const held = heldBy(presented, stored);
  expect(held).toBeDefined();
  if (held !== undefined) recorder.note(held);
}

it('notes a secret once whose stored hash is of a previous key', () => {
  const recorder = new RehashRecorder();
  for (let time = 0; time < 3; time++) note(recorder, [hash(9), hash(1)], credential({}));
  expect(recorder.take(10)).toEqual([{ credentialId: 'crd_1', from: hash(1), to: hash(9) }]);
  note(recorder, [hash(9), hash(1)], credential({}));
  expect(recorder.take(10)).toEqual([]);
  recorder.missed([{ credentialId: 'crd_1', from: hash(1) }]);
  note(recorder, [hash(9), hash(1)], credential({}));
  expect(recorder.take(10)).toHaveLength(1);
});

it('notes the old secret of a rotation by its own hash', () => {
  const recorder = new RehashRecorder();
  const stored = credential({ secretHash: hash(5), oldSecretHash: hash(1), oldSecretUntilMs: 10 });
  note(recorder, [hash(9), hash(1)], stored);
  expect(recorder.take(10)).toEqual([{ credentialId: 'crd_1', from: hash(1), to: hash(9) }]);
});

it('notes nothing of the present key, and nothing without previous keys', () => {
  const recorder = new RehashRecorder();
  note(recorder, [hash(1), hash(2)], credential({}));
  note(recorder, [hash(1)], credential({}));
  expect(recorder.take(10)).toEqual([]);
});

it('a session holds its credential by either hash, before and after it was replaced', () => {
  const held = heldBy([hash(9), hash(1)], credential({}));
  expect(heldBy(held?.presentedHashes, credential({ secretHash: hash(9) }))?.id).toBe('crd_1');
  expect(heldBy(held?.presentedHashes, credential({ secretHash: hash(8) }))).toBeUndefined();
});
