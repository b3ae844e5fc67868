/** What is kept of a message that is turned away after DATA, and of which ones. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_REFUSED_HEADER_BYTES, type NewRefusedMessage } from '../../src/store/refusals.ts';
import { StoreError } from '../../src/store/errors.ts';
import { eventually } from '../support/eventually.ts';
import { Wire } from './support/dialogue.ts';
import { domain, networkCredential, startFixture, type Fixture } from './support/submission-fixture.ts';

let relay: Fixture;
let kept: NewRefusedMessage[];
let failure: StoreError | undefined;

beforeEach(async () => {
  kept = [];
  failure = undefined;
  relay = await startFixture({
    refusalWriter: {
      keepRefused: (message) => {
        if (failure !== undefined) return Promise.reject(failure);
        kept.push(message);
        return Promise.resolve();
      },
    },
  });
  relay.directory.credentials.push(networkCredential());
});
afterEach(() => relay.stop());

const FOREIGN = 'From: Them <x@other.example>\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\nsecret words\r\n';

async function submit(content: string | Buffer, to: readonly string[] = ['b@example.net']): Promise<string> {
  const wire = await Wire.open(relay.port);
  await wire.reply();
  await wire.command('EHLO client.test');
  await wire.command('MAIL FROM:<a@example.org>');
  for (const address of to) await wire.command(`RCPT TO:<${address}>`);
  await wire.command('DATA');
  wire.send(Buffer.concat([Buffer.from(content), Buffer.from('.\r\n')]));
  const said = await wire.reply();
  wire.destroy();
  return said;
}

const headersOf = (message: NewRefusedMessage | undefined) => Buffer.from(message?.headers ?? []).toString();

describe('a message that is turned away for good', () => {
  it('is kept with envelope, client, reply and header section, and nothing of its body', async () => {
    const said = await submit(FOREIGN, ['b@example.net', 'c@example.net']);
    expect(said).toMatch(/^550 5\.7\.1 /);
    expect(kept).toMatchObject([
      {
        accountId: 'acc_1',
        credentialId: 'crd_net',
        via: 'smtp',
        client: '127.0.0.1',
        reversePath: 'a@example.org',
        recipients: ['b@example.net', 'c@example.net'],
        recipientCount: 2,
        reply: said,
        headerFrom: 'Them <x@other.example>',
        subject: 'café',
        leftOut: 0,
      },
    ]);
    expect(headersOf(kept[0])).toContain('From: Them <x@other.example>\r\n');
    expect(headersOf(kept[0])).not.toContain('secret words');
    const logged = relay.log.find(({ event }) => event === 'message refused');
    expect(kept[0]?.id).toBe(logged?.['message']);
  });

  it.each([
    ['a header section that cannot be prepared', 'From: a@example.org\r\nFrom: b@example.org\r\n\r\nx\r\n'],
    ['a stream that is not there', 'From: a@example.org\r\nX-Relay-Stream: none\r\n\r\nx\r\n'],
    ['NUL in the body', 'From: a@example.org\r\n\r\nx\0y\r\n'],
    ['NUL in the header section', 'From: a@example.org\r\nX: 1\r\nX-Nul: \0\r\n\r\nx\r\n'],
    ['too many octets', `From: a@example.org\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(15_000)}`],
  ])('is kept whatever stood against it: %s', async (_name, content) => {
    const said = await submit(content);
    expect(said).toMatch(/^55\d 5\./);
    expect(kept.map(({ reply }) => reply)).toEqual([said]);
  });

  it('is kept with the command for the operator, which the client is not told', async () => {
    relay.directory.domains.push(domain('second.example'));
    relay.directory.credentials.length = 0;
    relay.directory.credentials.push(networkCredential({ domains: ['example.org'] }));
    const said = await submit('From: x@second.example\r\n\r\nx\r\n');
    expect(kept[0]?.fix).toMatch(/^relayctl credential change .*crd_net/);
    expect(said).not.toContain('crd_net');
  });

  it('is kept as it came where its header section could not be prepared', async () => {
    const header = 'From: a@example.org\r\nFrom: b@example.org\r\nBcc: hidden@example.net\r\n\r\n';
    await submit(`${header}x\r\n`);
    expect(headersOf(kept[0])).toBe(header);
  });

  it('is kept with the beginning of a header section that is too large', async () => {
    await submit(`From: a@example.org\r\n${`X-Filler: ${'x'.repeat(80)}\r\n`.repeat(4_000)}\r\nx\r\n`);
    expect(kept[0]?.headers.length).toBe(MAX_REFUSED_HEADER_BYTES);
    expect(headersOf(kept[0])).toMatch(/^From: a@example\.org\r\nX-Filler: /);
    // An array of its own: what lies beside it in memory stays here.
    expect(kept[0]?.headers.buffer.byteLength).toBe(MAX_REFUSED_HEADER_BYTES);
  });

  it('is refused as well when it cannot be kept, and the next one says so', async () => {
    failure = new StoreError('disk-full', 'full');
    expect(await submit(FOREIGN)).toMatch(/^550 /);
    await eventually(() => relay.log.some(({ event }) => event === 'refused message not kept'));
    failure = undefined;
    await submit(FOREIGN);
    expect(kept.map(({ leftOut }) => leftOut)).toEqual([1]);
  });
});

describe('nothing is kept', () => {
  it('of a message that is accepted, or that may be sent again', async () => {
    expect(await submit('From: a@example.org\r\n\r\nx\r\n')).toMatch(/^250 /);
    relay.spool.acceptFailure = new StoreError('busy', 'busy');
    expect(await submit('From: a@example.org\r\n\r\nx\r\n')).toMatch(/^451 /);
    expect(kept).toEqual([]);
  });

  it('of what a client without a credential says', async () => {
    relay.directory.credentials.length = 0;
    const wire = await Wire.open(relay.port);
    await wire.reply();
    await wire.command('EHLO client.test');
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^530 /);
    expect(await wire.command('RCPT TO:<b@example.net>')).toMatch(/^503 /);
    expect(await wire.command('DATA')).toMatch(/^503 /);
    wire.destroy();
    expect(kept).toEqual([]);
  });

  it('beyond a ration, however many are turned away', async () => {
    const wire = await Wire.open(relay.port);
    await wire.reply();
    await wire.command('EHLO client.test');
    for (let i = 0; i < 120; i++) {
      await wire.command('MAIL FROM:<a@example.org>');
      await wire.command('RCPT TO:<b@example.net>');
      await wire.command('DATA');
      wire.send(Buffer.from(`${FOREIGN}.\r\n`));
      expect(await wire.reply()).toMatch(/^550 /);
    }
    wire.destroy();
    expect(kept.length).toBeGreaterThanOrEqual(100);
    expect(kept.length).toBeLessThan(115);
  });
});
