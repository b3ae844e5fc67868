import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { createMessageSigner } from '../../../../src/delivery/content/message-signer.ts';
import type { DkimKey, Domain } from '../../../../src/store/directory-records.ts';
import type { MessageFacts } from '../../../../src/store/message-records.ts';
import { OPERATOR_ACCOUNT } from '../../../../src/store/operator-account.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const header = Buffer.from('From: <a@sender.test>\r\n\r\n');
const facts = { signingDomain: 'sender.test', bodyHash: Buffer.alloc(32).toString('base64') } as MessageFacts;

function key(selector: string, state: DkimKey['state'] = 'active'): DkimKey {
  return {
    domain: 'sender.test',
    selector,
    algorithm: 'ed25519-sha256',
    sealedPrivateKey: new Uint8Array(0),
    publicKey: selector,
    state,
    createdAtMs: 0,
  };
}

function setUp(first: DkimKey[], { known = true, held = false, unknownDomainsUnsigned = false } = {}) {
  const clock = new VirtualClock();
  const directory = { keys: first, reads: 0 };
  const opened: string[] = [];
  const sign = createMessageSigner({
    clock,
    unknownDomainsUnsigned,
    hostname: 'relay.test',
    directory: {
      dkimKeys: async () => {
        directory.reads++;
        return directory.keys;
      },
      findDomain: async () => (known ? ({ id: 'dom_1', name: 'sender.test' } as Domain) : undefined),
      domainHolder: async () => (held ? ({ id: 'dom_2', name: 'sender.test' } as Domain) : undefined),
    },
    openKey: ({ domain, selector, algorithm }) => {
      if (selector === 'broken') throw new Error('wrong master key');
      opened.push(selector);
      return { domain, selector, algorithm, key: privateKey };
    },
  });
  return { clock, directory, opened, sign };
}

const selectorsOf = (fields: Uint8Array) =>
  [
    ...Buffer.from(fields)
      .toString()
      .matchAll(/s=([^;]+);/g),
  ].map((match) => match[1]);

test('signs with the active keys, opened once', async () => {
  const { sign, opened, clock, directory } = setUp([
    key('one'),
    key('old', 'retired'),
    key('new', 'pending'),
  ]);
  for (let i = 0; i < 5; i++) {
    expect(selectorsOf(await sign(facts, header))).toEqual(['one']);
    await clock.advance(700);
  }
  expect(opened).toEqual(['one']);
  expect(directory.reads).toBeLessThan(5);
});

test('signs with the keys of its own account, and the relay itself with those of whoever holds its name', async () => {
  const domains: readonly Domain[] = [
    { id: 'dom_a', accountId: 'acc_a', name: 'sender.test' } as Domain,
    { id: 'dom_b', accountId: 'acc_b', name: 'sender.test' } as Domain,
    { id: 'dom_c', accountId: 'acc_b', name: 'relay.test' } as Domain,
    { id: 'dom_d', accountId: 'acc_a', name: 'relay.test', verifiedAtMs: 1 } as Domain,
  ];
  const sign = createMessageSigner({
    clock: new VirtualClock(),
    hostname: 'relay.test',
    directory: {
      dkimKeys: async (id) => [key(id)],
      findDomain: async (account, name) =>
        domains.find((one) => one.accountId === account && one.name === name),
      domainHolder: async (name) =>
        domains.find((one) => one.name === name && one.verifiedAtMs !== undefined),
    },
    openKey: ({ domain, selector, algorithm }) => ({ domain, selector, algorithm, key: privateKey }),
  });
  const selectors = async (change: Partial<MessageFacts>) =>
    selectorsOf(await sign({ ...facts, ...change }, header));
  expect(await selectors({ accountId: 'acc_a' })).toEqual(['dom_a']);
  expect(await selectors({ accountId: 'acc_b' })).toEqual(['dom_b']);
  await expect(selectors({ accountId: 'acc_c' })).rejects.toMatchObject({ code: 'domain-removed' });
  const own = { accountId: 'acc_b', signingDomain: 'relay.test' };
  expect(await selectors(own)).toEqual(['dom_d']);
  expect(await selectors({ ...own, credentialId: 'crd_1' })).toEqual(['dom_c']);
});

test('a key that is dropped is left out while there is another; else those that were seen last sign', async () => {
  const missed = (selector: string) => ({ ...key(selector), seenAtMs: 5, failingSinceMs: 9 });
  const gone = (selector: string, seenAtMs: number) => ({ ...missed(selector), seenAtMs, droppedAtMs: 10 });
  const signed = async (...keys: DkimKey[]) => selectorsOf(await setUp(keys).sign(facts, header));
  expect(await signed(key('one'), gone('two', 5))).toEqual(['one']);
  expect(await signed(gone('one', 4), gone('two', 5))).toEqual(['two']);
  expect(await signed(gone('one', 5), gone('two', 5))).toEqual(['one', 'two']);
  expect(await signed(missed('one'), key('two'))).toEqual(['one', 'two']);
  expect(await signed(gone('one', 9), missed('two'))).toEqual(['two']);
  expect(await signed(gone('one', 9))).toEqual(['one']);
  expect(await signed(gone('one', 5), key('new', 'pending'))).toEqual(['one']);
});

test('mail of a domain whose records are gone for long waits; what the relay itself says goes on', async () => {
  const lost = { id: 'dom_1', name: 'relay.test', failingSinceMs: 5 } as Domain;
  const sign = createMessageSigner({
    clock: new VirtualClock(),
    hostname: 'relay.test',
    directory: {
      dkimKeys: async () => [{ ...key('one'), failingSinceMs: 5 }],
      findDomain: async () => lost,
      domainHolder: async () => lost,
    },
    openKey: ({ domain, selector, algorithm }) => ({ domain, selector, algorithm, key: privateKey }),
  });
  const ofRelay = { ...facts, signingDomain: 'relay.test' };
  await expect(sign({ ...ofRelay, credentialId: 'crd_1' }, header)).rejects.toMatchObject({
    code: 'records-gone',
  });
  expect(selectorsOf(await sign(ofRelay, header))).toEqual(['one']);
});

test('a rotation counts within a second', async () => {
  const { sign, clock, directory } = setUp([key('one')]);
  await sign(facts, header);
  directory.keys = [key('one', 'retired'), key('two')];
  await clock.advance(1_000);
  expect(selectorsOf(await sign(facts, header))).toEqual(['two']);
});

test('a domain without an active key, or with one that does not open, signs nothing and says so', async () => {
  await expect(setUp([key('old', 'retired')]).sign(facts, header)).rejects.toMatchObject({
    code: 'no-active-key',
  });
  await expect(setUp([key('one'), key('broken')]).sign(facts, header)).rejects.toMatchObject({
    code: 'key-unusable',
  });
  await expect(
    setUp([key('one')]).sign(facts, Buffer.from('Subject: no From\r\n\r\n')),
  ).rejects.toMatchObject({
    code: 'signer-failed',
  });
});

test('a domain that is not in the directory goes unsigned only where unknown domains are let in', async () => {
  const letIn = setUp([], { known: false, unknownDomainsUnsigned: true });
  expect((await letIn.sign(facts, header)).length).toBe(0);

  const removed = setUp([], { known: false });
  await expect(removed.sign(facts, header)).rejects.toMatchObject({ code: 'domain-removed' });
});

test('a notice in the name of the relay itself, which has no keys, goes all the same', async () => {
  const removed = setUp([], { known: false });
  expect((await removed.sign({ ...facts, signingDomain: 'relay.test' }, header)).length).toBe(0);
});

test('signs mail to the operator with the keys of whoever holds the domain, or not at all', async () => {
  const toOperator = { ...facts, accountId: OPERATOR_ACCOUNT.id };
  // The operator's account has no domains of its own.
  const held = setUp([key('holder')], { known: false, held: true });
  expect(selectorsOf(await held.sign(toOperator, header))).toEqual(['holder']);
  const free = setUp([], { known: false });
  expect(await free.sign(toOperator, header)).toHaveLength(0);
  // What a credential hands in there is no mail of the relay.
  const submitted = { ...toOperator, credentialId: 'crd_1' };
  await expect(held.sign(submitted, header)).rejects.toMatchObject({ code: 'domain-removed' });
  // A key that is there and cannot be used never makes it unsigned.
  const withoutKey = setUp([key('old', 'retired')], { known: false, held: true });
  await expect(withoutKey.sign(toOperator, header)).rejects.toMatchObject({ code: 'no-active-key' });
});
