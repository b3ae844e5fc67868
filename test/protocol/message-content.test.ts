import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../src/store/errors.ts';
import { eventually } from '../support/eventually.ts';
import { Wire } from './support/dialogue.ts';
import { MESSAGE, networkCredential, startFixture, type Fixture } from './support/submission-fixture.ts';

let relay: Fixture;
beforeEach(async () => {
  relay = await startFixture();
  relay.directory.credentials.push(networkCredential());
});
afterEach(() => relay.stop());

async function connected(on: Fixture = relay): Promise<Wire> {
  const wire = await Wire.open(on.port);
  await wire.reply();
  await wire.command('EHLO client.test');
  return wire;
}

/** From MAIL to 354. */
async function begin(wire: Wire, ...to: readonly string[]): Promise<void> {
  await wire.command('MAIL FROM:<a@example.org>');
  for (const address of to.length === 0 ? ['b@example.net'] : to) await wire.command(`RCPT TO:<${address}>`);
  expect(await wire.command('DATA')).toMatch(/^354/);
}

/** Sends `raw`, which ends its message by itself, and returns the reply. */
async function submitRaw(raw: string | Buffer, on: Fixture = relay): Promise<string> {
  const wire = await connected(on);
  await begin(wire);
  wire.send(Buffer.from(raw));
  const said = await wire.reply();
  wire.destroy();
  return said;
}

const submit = (content: string, on: Fixture = relay) => submitRaw(`${content}.\r\n`, on);

/** What is stored below the lines that the relay added. */
const storedBody = () => {
  const { bytes } = relay.spool.last;
  return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).toString('latin1');
};

describe('a message that is accepted', () => {
  it('is answered with the id that is in its header and in the store', async () => {
    const said = await submit(MESSAGE);
    const id = /^250 2\.0\.0 Ok: queued as (msg_[0-9a-z]{26})$/.exec(said)?.[1];
    const { facts, bytes } = relay.spool.last;
    expect(facts.id).toBe(id);
    const text = bytes.toString();
    expect(text).toContain(`X-Relay-Message-Id: ${id}\r\n`);
    expect(text).toMatch(new RegExp(`^X-Relay-Report-Token: r1-${id?.slice(4)}-[0-9a-z]{16}\r$`, 'm'));
    expect(text).toMatch(/^Received: from client\.test\r\n\tby relay\.test \(Postern\) with ESMTP\r\n/);
    expect(text.endsWith('From: a@example.org\r\nTo: b@example.net\r\nSubject: hello\r\n\r\nBody\r\n')).toBe(
      true,
    );
    expect(facts).toMatchObject({
      via: 'smtp',
      reversePath: 'a@example.org',
      headerFrom: 'a@example.org',
      signingDomain: 'example.org',
      subject: 'hello',
      stream: 'transactional',
      bodyType: '7bit',
      sizeBytes: bytes.length,
      headerSizeBytes: bytes.indexOf('\r\n\r\n') + 4,
    });
    expect(facts.bodyHash).toBe(createHash('sha256').update('Body\r\n').digest('base64'));
    expect(facts.expiresAtMs - facts.acceptedAtMs).toBe(4 * 86_400_000);
  });

  it('names protocol, TLS and the only recipient in Received, and hides the client', async () => {
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    await wire.login();
    await wire.message('a@example.org', ['b@example.net'], MESSAGE);
    const text = relay.spool.last.bytes.toString();
    expect(text).toMatch(/with ESMTPSA \(TLSv1\.3 TLS_AES_\d+_GCM_SHA\d+\)\r\n/);
    expect(text).toContain('for <b@example.net>;');
    expect(text).not.toContain('127.0.0.1');
    await wire.message('a@example.org', ['b@example.net', 'c@example.net'], MESSAGE);
    expect(relay.spool.last.bytes.toString()).not.toContain('for <');
    wire.destroy();
  });

  it('from a client of an odd name has none in Received, and the log has it', async () => {
    const wire = await Wire.open(relay.port);
    await wire.reply();
    expect(await wire.command('EHLO My (PC)')).toMatch(/^250/);
    await wire.message('a@example.org', ['b@example.net'], MESSAGE);
    wire.destroy();
    expect(relay.spool.last.bytes.toString()).toMatch(/^Received: from unknown\r\n/);
    await eventually(() =>
      relay.log.some(({ event, helo }) => event === 'session ended' && helo === 'My (PC)'),
    );
  });

  it('has a From that was written anew, and is judged by it', async () => {
    expect(await submit(MESSAGE.replace('From: a@', 'From: News, A @ B <a@').replace('org', 'org>'))).toMatch(
      /^250/,
    );
    expect(relay.spool.last.bytes.toString()).toContain('\r\nFrom: "News, A @ B" <a@example.org>\r\n');
    expect(relay.spool.last.facts.headerFrom).toBe('a@example.org');
    expect(await submit(MESSAGE.replace('From: a@example.org', 'From: News, A <a@bank.test>'))).toMatch(
      /^550 5\.7\.1 <a@bank\.test>/,
    );
  });

  it('shows the client in Received when configured so', async () => {
    const open = await startFixture({ config: { hideClientAddress: false } });
    open.directory.credentials.push(networkCredential());
    await submit(MESSAGE, open);
    expect(open.spool.last.bytes.toString()).toContain('Received: from client.test ([127.0.0.1])');
    await open.stop();
  });

  it('steers the relay by its control headers', async () => {
    relay.directory.streams.push({ accountId: 'acc_1', name: 'otp', kind: 'transactional', createdAtMs: 0 });
    const controls =
      'X-Relay-Stream: otp\r\nX-Relay-Tag: login\r\nX-Relay-Metadata: user=7\r\nX-Relay-Expires-In: 10m\r\n';
    expect(await submit(controls + MESSAGE)).toMatch(/^250/);
    const { facts, bytes } = relay.spool.last;
    expect(facts).toMatchObject({ stream: 'otp', tags: ['login'], metadata: { user: '7' } });
    expect(facts.expiresAtMs - facts.acceptedAtMs).toBe(600_000);
    expect(bytes.toString()).not.toMatch(/X-Relay-(?!Message-Id|Report-Token)/);
  });

  it('may use the built-in streams without their being listed', async () => {
    expect(await submit(`X-Relay-Stream: broadcast\r\n${MESSAGE}`)).toMatch(/^250/);
    expect(relay.spool.last.facts.stream).toBe('broadcast');
  });

  it('lives no longer than the maximum age, whatever it asks for', async () => {
    expect(await submit(`X-Relay-Expires-In: 20d\r\n${MESSAGE}`)).toMatch(/^250/);
    const { facts } = relay.spool.last;
    expect(facts.expiresAtMs - facts.acceptedAtMs).toBe(4 * 86_400_000);
  });

  it('counts 8-bit content as declared', async () => {
    expect(await submit('From: a@example.org\r\n\r\ngrüße\r\n')).toMatch(/^250/);
    expect(relay.spool.last.facts.bodyType).toBe('8bitmime');
  });

  it('is logged with its id and without its content', async () => {
    await submit(MESSAGE);
    const line = relay.log.find(({ event }) => event === 'message accepted');
    expect(line).toMatchObject({ message: relay.spool.last.facts.id, credential: 'crd_net', recipients: 1 });
    await eventually(() => relay.log.some(({ event }) => event === 'session ended'));
    expect(JSON.stringify(relay.log)).not.toMatch(/hello|Body/);
  });
});

describe('a message from a mailbox file', () => {
  it('loses the lines that such a file puts before it', async () => {
    const lines =
      'From a@example.org Mon Jan  5 09:00:00 2026\r\n>From b@example.org Mon Jan  5 09:00:00 2026\r\n';
    expect(await submit(lines + MESSAGE)).toMatch(/^250/);
    expect(relay.spool.last.bytes.toString()).not.toMatch(/^>?From /m);
    expect(relay.spool.last.bytes.toString().endsWith(MESSAGE)).toBe(true);
  });
});

describe('a message with a Sender', () => {
  it.each([
    ['of the account', 'Sender: b@example.org'],
    ['that is the author', 'Sender: A <a@example.org>'],
    ['of a local user, as cron writes it', 'Sender: root'],
    ['of a local user with a comment', 'Sender: root (Cron Daemon)'],
    ['without anything', 'Sender:'],
  ])('%s is taken as it is', async (_what, field) => {
    expect(await submit(`${field}\r\n${MESSAGE}`)).toMatch(/^250/);
    expect(relay.spool.accepted).toHaveLength(1);
  });
});

describe('a message that is refused', () => {
  it.each([
    ['no From', 'To: b@example.net\r\n\r\nx\r\n', '554 5.6.0 The message has no From field'],
    ['no header at all', 'hello there\r\n', '554 5.6.0'],
    ['nothing at all', '', '554 5.6.0'],
    ['a second From', `From: a@example.org\r\n${MESSAGE}`, '554 5.6.0'],
    ['a second Sender', `Sender: a@example.org\r\nSender: a@example.org\r\n${MESSAGE}`, '554 5.6.0'],
    ['a second Subject', `Subject: x\r\n${MESSAGE}`, '554 5.6.0'],
    ['a second To', `To: x@example.net\r\n${MESSAGE}`, '554 5.6.0'],
    ['a second Date', `Date: now\r\nDate: now\r\n${MESSAGE}`, '554 5.6.0'],
    ['a second Message-ID', `Message-ID: <a@b>\r\nMessage-ID: <a@b>\r\n${MESSAGE}`, '554 5.6.0'],
    ['a second Reply-To', `Reply-To: x@y.test\r\nReply-To: x@z.test\r\n${MESSAGE}`, 'one Reply-To field'],
    ['a second Content-Type', `Content-Type: a/b\r\nContent-Type: a/c\r\n${MESSAGE}`, 'one Content-Type'],
    [
      'a line that is no field',
      MESSAGE.replace('hello\r\n', 'hello\r\njunk\r\n'),
      '554 5.6.0 Line 4 is no header field (an empty line has to stand before the body): junk',
    ],
    [
      'no empty line before the body',
      MESSAGE.replace('\r\n\r\nBody', '\r\nBody'),
      '554 5.6.0 Line 4 is no header field (an empty line has to stand before the body): Body',
    ],
    [
      'a foreign From',
      'From: ceo@bank.test\r\n\r\nx\r\n',
      '550 5.7.1 <ceo@bank.test>: bank.test is not a domain',
    ],
    [
      'a foreign second author',
      'From: a@example.org, ceo@bank.test\r\nSender: a@example.org\r\n\r\nx\r\n',
      '550 5.7.1 <ceo@bank.test>',
    ],
    [
      'a foreign address in the name of From',
      'From: "ceo@bank.test" <a@example.org>\r\n\r\nx\r\n',
      '550 5.7.1 <ceo@bank.test>: bank.test is not a domain',
    ],
    [
      'a foreign address in an encoded name of From',
      'From: =?utf-8?q?ceo=40bank=2Etest?= <a@example.org>\r\n\r\nx\r\n',
      '550 5.7.1 <ceo@bank.test>: bank.test is not a domain',
    ],
    [
      'a foreign Sender',
      `Sender: ceo@bank.test\r\n${MESSAGE}`,
      '550 5.7.1 Sender: <ceo@bank.test>: bank.test is not a domain',
    ],
    [
      'a foreign address in the name of Sender',
      `Sender: "ceo@bank.test" <a@example.org>\r\n${MESSAGE}`,
      '550 5.7.1 Sender: <ceo@bank.test>',
    ],
    ['a Sender that is no address', `Sender: <a@@example.org>\r\n${MESSAGE}`, '554 5.6.0 The Sender field'],
    ['an unknown control', `X-Relay-Frobnicate: 1\r\n${MESSAGE}`, '554 5.6.0 X-Relay-frobnicate is unknown'],
    [
      'a control with a wrong value',
      `X-Relay-Expires-In: soon\r\n${MESSAGE}`,
      '554 5.6.0 X-Relay-Expires-In',
    ],
    [
      'a stream that does not exist',
      `X-Relay-Stream: nope\r\n${MESSAGE}`,
      '554 5.6.0 X-Relay-Stream: there is no stream nope',
    ],
    ['51 Received fields', `${'Received: by x; now\r\n'.repeat(51)}${MESSAGE}`, '554 5.4.6'],
    ['a NUL in the header', MESSAGE.replace('hello', 'hel\0lo'), '554 5.6.0 The message contains a NUL'],
    ['a NUL in the body', MESSAGE.replace('Body', 'Bo\0dy'), '554 5.6.0 The message contains a NUL'],
    [
      'a line over 64 KiB',
      MESSAGE.replace('Body', 'B'.repeat(65_537)),
      '554 5.6.0 The message contains a line longer',
    ],
    [
      'a header section over 256 KiB',
      `${'X-Big: 1\r\n'.repeat(27_000)}${MESSAGE}`,
      '554 5.6.0 The header section is larger',
    ],
    [
      'more octets than SIZE',
      `${MESSAGE}${`${'x'.repeat(98)}\r\n`.repeat(10_001)}`,
      '552 5.3.4 The message is larger than the limit of 1000000 octets',
    ],
  ])('with %s', async (_name, content, reply) => {
    const wire = await connected();
    await begin(wire);
    wire.send(Buffer.from(`${content}.\r\n`));
    const said = await wire.reply();
    expect(said).toContain(reply);
    expect(relay.spool.accepted).toEqual([]);
    // The session goes on, and nothing is half-kept.
    expect(await wire.message('a@example.org', ['b@example.net'], MESSAGE)).toMatch(/^250 2\.0\.0/);
    await eventually(() => relay.spool.uploads.size === 0);
    wire.destroy();
  });

  it('is not counted towards the quota', async () => {
    relay.directory.credentials[1] = networkCredential({ dailyQuota: 1 });
    relay.spool.acceptFailure = new StoreError('busy', 'full');
    expect(await submit(MESSAGE)).toMatch(/^451/);
    relay.spool.acceptFailure = undefined;
    expect(await submit(MESSAGE)).toMatch(/^250/);
    relay.spool.acceptFailure = undefined;
    const wire = await connected();
    await wire.command('MAIL FROM:<a@example.org>');
    expect(await wire.command('RCPT TO:<b@example.net>')).toMatch(/^452 4\.7\.1/);
    wire.destroy();
  });

  it('when parallel sessions used up the quota meanwhile', async () => {
    relay.directory.credentials[1] = networkCredential({ dailyQuota: 1 });
    const wires = [await connected(), await connected()];
    for (const wire of wires) await begin(wire);
    const said: string[] = [];
    for (const wire of wires) {
      wire.send(`${MESSAGE}.\r\n`);
      said.push(await wire.reply());
      wire.destroy();
    }
    expect(said[0]).toMatch(/^250/);
    expect(said[1]).toMatch(/^452 4\.7\.1/);
  });
});

describe('a store that fails', () => {
  it.each([
    ['disk-full', '452 4.3.1'],
    ['busy', '451 4.3.0'],
    ['failed', '451 4.3.0'],
    ['conflict', '451 4.3.0'],
    ['closed', '421 4.3.2 relay.test'],
  ] as const)('with %s is answered %s', async (code, reply) => {
    relay.spool.acceptFailure = new StoreError(code, 'on purpose');
    expect(await submit(MESSAGE)).toContain(reply);
    expect(relay.spool.accepted).toEqual([]);
  });

  it('with a bug of ours is answered 451, and the log has it', async () => {
    relay.spool.acceptFailure = new TypeError('x is not a function');
    expect(await submit(MESSAGE)).toBe('451 4.3.0 Internal error, try again later');
    expect(relay.log.find(({ event }) => event === 'internal error')).toMatchObject({
      reason: expect.stringContaining('x is not a function') as string,
    });
  });

  it('in the middle of a large message drops what it stored', async () => {
    relay.spool.chunkFailure = new StoreError('disk-full', 'on purpose');
    expect(await submit(`${MESSAGE}${`${'x'.repeat(98)}\r\n`.repeat(9000)}`)).toMatch(/^452 4\.3\.1/);
    expect(relay.spool.uploads.size).toBe(0);
    expect(relay.spool.abandoned).toHaveLength(1);
  });
});

describe('a large message', () => {
  const body = Array.from({ length: 9000 }, (_, line) => `${line} ${'x'.repeat(90)}\r\n`).join('');

  it('is stored in chunks as it arrives, a few in flight, and comes out whole', async () => {
    expect(await submit(`From: a@example.org\r\n\r\n${body}`)).toMatch(/^250/);
    const { content, facts, bytes } = relay.spool.last;
    expect(content).toEqual({ kind: 'chunks', upload: facts.id, chunkCount: 4 });
    expect(facts.sizeBytes).toBe(bytes.length);
    expect(storedBody()).toBe(body);
    expect(relay.spool.maxChunksInFlight).toBeLessThanOrEqual(2);
    expect(facts.bodyHash).toBe(createHash('sha256').update(body).digest('base64'));
  });

  it('holds the client back while the store is slow', async () => {
    const gate = Promise.withResolvers<undefined>();
    relay.spool.chunkGate = gate.promise;
    const wire = await connected();
    await begin(wire);
    wire.send(`From: a@example.org\r\n\r\n${body}.\r\n`);
    await eventually(() => relay.spool.chunksInFlight === 2);
    gate.resolve(undefined);
    expect(await wire.reply()).toMatch(/^250/);
    expect(storedBody()).toBe(body);
    wire.destroy();
  });

  it('whose client goes away is dropped', async () => {
    const wire = await connected();
    await begin(wire);
    wire.send(`From: a@example.org\r\n\r\n${body}`);
    await eventually(() => relay.spool.uploads.size === 1);
    wire.destroy();
    await eventually(() => relay.spool.abandoned.length === 1 && relay.spool.uploads.size === 0);
    expect(relay.spool.accepted).toEqual([]);
  });

  it('that streams past twice SIZE is cut off', async () => {
    const wire = await connected();
    await begin(wire);
    const block = Buffer.alloc(64 * 1024, 'x'.repeat(62) + '\r\n');
    wire.send(MESSAGE);
    for (let sent = 0; sent < 2_200_000; sent += block.length) wire.send(block);
    expect(await wire.reply()).toMatch(/^421 4\.7\.0 relay\.test /);
    await wire.closed();
    expect(relay.spool.accepted).toEqual([]);
    await eventually(() => relay.spool.uploads.size === 0);
  });
});

describe('line ends', () => {
  it.each([
    ['bare LF', 'From: a@example.org\n\none\ntwo\n\r\n', 'one\r\ntwo\r\n\r\n'],
    ['bare CR', 'From: a@example.org\r\n\r\none\rtwo\r\n', 'one\r\ntwo\r\n'],
    ['CR CR LF', 'From: a@example.org\r\n\r\none\r\r\ntwo\r\n', 'one\r\ntwo\r\n'],
    ['LF CR', 'From: a@example.org\n\r\n\rone\n\rtwo\r\n', 'one\r\ntwo\r\n'],
    ['a long line', `From: a@example.org\r\n\r\n${'x'.repeat(2000)}\r\n`, `${'x'.repeat(2000)}\r\n`],
  ])('%s', async (_name, content, body) => {
    expect(await submit(content)).toMatch(/^250/);
    expect(storedBody()).toBe(body);
  });

  it.each(['\r\r\n', '\n\r'])('%j all through leave the header section whole', async (lineEnd) => {
    expect(await submit(`${MESSAGE.slice(0, -2).replaceAll('\r\n', lineEnd)}\r\n`)).toMatch(/^250/);
    expect(relay.spool.last.bytes.toString().endsWith(MESSAGE)).toBe(true);
    expect(relay.spool.last.facts.subject).toBe('hello');
  });

  it('over 998 octets are noted in the log', async () => {
    await submit(MESSAGE.replace('Body', 'B'.repeat(999)));
    expect(relay.log.find(({ event }) => event === 'message accepted')).toMatchObject({
      longest_line_octets: 999,
    });
  });
});

describe('only CRLF . CRLF ends the data', () => {
  // What a smuggler writes in place of the end, and what it must be: content.
  it.each([
    ['LF . LF', '\n.\n', '\r\n.\r\n'],
    ['LF . CR LF', '\n.\r\n', '\r\n.\r\n'],
    ['CR LF . LF', '\r\n.\n', '\r\n.\r\n'],
    ['CR . CR', '\r.\r', '\r\n.\r\n'],
    ['CR LF . CR', '\r\n.\r', '\r\n.\r\n'],
    ['CR . CR LF', '\r.\r\n', '\r\n.\r\n'],
    ['LF . CR', '\n.\r', '\r\n.\r\n'],
    ['CR LF NUL-free . CR CR LF', '\r\n.\r\r\n', '\r\n.\r\n'],
    ['CR CR LF . CR CR LF', '\r\r\n.\r\r\n', '\r\n.\r\n'],
    ['LF CR . LF CR', '\n\r.\n\r', '\r\n.\r\n'],
    ['LF CR . CR LF', '\n\r.\r\n', '\r\n.\r\n'],
  ])('not %s', async (_name, trick, stored) => {
    const smuggled = 'MAIL FROM:<a@example.org>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\n';
    const wire = await connected();
    await begin(wire);
    wire.send(`From: a@example.org\r\n\r\nx${trick}${smuggled}\r\n.\r\n`);
    expect(await wire.reply()).toMatch(/^250/);
    expect(await wire.command('NOOP')).toMatch(/^250 2\.0\.0 OK/);
    expect(relay.spool.accepted).toHaveLength(1);
    expect(storedBody()).toBe(`x${stored}${smuggled}\r\n`);
    wire.destroy();
  });
});

describe('dot-stuffing', () => {
  const content = 'From: a@example.org\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\nend.\r\n';
  const stuffed = content.replace(/\r\n\./g, '\r\n..') + '.\r\n';

  it('is undone wherever the segments are cut', async () => {
    const wire = await connected();
    for (let cut = 1; cut < stuffed.length; cut++) {
      await begin(wire);
      wire.send(stuffed.slice(0, cut));
      // Every cut is a segment of its own: the server has read the first before the second is sent.
      await new Promise((resolve) => setImmediate(resolve));
      wire.send(stuffed.slice(cut));
      expect(await wire.reply()).toMatch(/^250/);
      expect(storedBody()).toBe('.\r\n..\r\n.x\r\n\r\n.\r\nend.\r\n');
      if (cut % 40 === 0) await wire.command('NOOP');
    }
    wire.destroy();
  });

  it('is undone octet by octet', async () => {
    const wire = await connected();
    await begin(wire);
    for (const octet of Buffer.from(stuffed)) {
      wire.send(Buffer.of(octet));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await wire.reply()).toMatch(/^250/);
    expect(storedBody()).toBe('.\r\n..\r\n.x\r\n\r\n.\r\nend.\r\n');
    wire.destroy();
  });

  it('of a message of dots only', async () => {
    const dots = '.\r\n'.repeat(300);
    const wire = await connected();
    expect(
      await wire.message('a@example.org', ['b@example.net'], `From: a@example.org\r\n\r\n${dots}`),
    ).toMatch(/^250/);
    expect(storedBody()).toBe(dots);
    wire.destroy();
  });
});

it('keeps a S/MIME message octet for octet below the added lines', async () => {
  const signed =
    'MIME-Version: 1.0\r\nFrom: a@example.org\r\nMessage-ID: <1@example.org>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n' +
    'X-Odd:no space\r\nx-FOLDED: a\r\n\t b  \r\n' +
    'Content-Type: multipart/signed; boundary="x"\r\n\r\npreamble \t\r\n--x\r\n\r\n  text\t \r\n--x--\r\n\r\n\r\n';
  await submit(signed);
  expect(relay.spool.last.bytes.toString().endsWith(`\r\n${signed}`)).toBe(true);
});
