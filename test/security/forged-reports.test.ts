/** Port 25: what reports of strangers, co-recipients and other tenants cannot do, over real SMTP on a real store. */
import { flatMapInTurn } from '../../src/platform/in-turn.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOKEN_VALID_MS } from '../../src/dsn/return-path-token.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { makeId } from '../../src/platform/ids.ts';
import { systemRandom } from '../../src/platform/random.ts';
import {
  DOMAIN,
  deliveryReport,
  feedbackReport,
  HOSTNAME,
  InboundFixture,
  OTHER_DOMAIN,
  RETURN_PATH_HOST,
} from '../protocol/support/inbound-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { PROVIDER_KEY, signedReport } from '../protocol/support/signed-report.ts';

let relay: InboundFixture;
beforeEach(async () => {
  relay = await InboundFixture.start();
});
afterEach(() => relay[Symbol.asyncDispose]());

const FBL = `fbl@${RETURN_PATH_HOST}`;
const BOB = 'bob@example.net';
const ANN = 'ann@elsewhere.test';
/** One message to two destinations. */
const twoDestinations = {
  recipients: [{ recipient: BOB }, { recipient: ANN, destination: 'elsewhere.test' }],
};

async function expectUntouched(id: string, addresses: readonly string[] = [BOB]): Promise<void> {
  expect(new Set(await relay.states(id))).toEqual(new Set(['delivered']));
  expect((await relay.events(id)).filter(({ type }) => type !== 'delivered')).toEqual([]);
  for (const address of addresses) expect(await relay.suppression(address), address).toBeUndefined();
}

describe('a report without a token changes nothing and is kept', () => {
  const returned = [
    ['a guessable Message-ID', () => 'Message-ID: <order-1@example.org>'],
    ['the id that a co-recipient saw', (id: string) => `X-Relay-Message-Id: ${id}`],
  ] as const;
  const addresses = [
    ['fbl@', FBL],
    ['postmaster of the domain', `postmaster@${DOMAIN}`],
    ['postmaster of the relay', `postmaster@${HOSTNAME}`],
  ] as const;
  const cases = returned.flatMap(([what, field]) =>
    addresses.map(([to, rcpt]) => [what, to, field, rcpt] as const),
  );

  it.each(cases)('bounce with %s, to %s', async (_what, _to, field, rcpt) => {
    const id = await relay.delivered();
    expect(await relay.send(rcpt, deliveryReport(BOB, { returned: field(id) }))).toMatch(/^250/);
    await expectUntouched(id);
    expect(await relay.kept()).toMatchObject([
      { kind: 'bounce', recipient: BOB, why: 'it came without a return-path token', client: '127.0.0.1' },
    ]);
  });

  it.each(cases)('complaint with %s, to %s', async (_what, _to, field, rcpt) => {
    const id = await relay.delivered();
    for (const type of ['abuse', 'opt-out'])
      expect(await relay.send(rcpt, feedbackReport(type, field(id), BOB))).toMatch(/^250/);
    await expectUntouched(id);
    expect(await relay.kept()).toMatchObject([{ kind: 'complaint' }, { kind: 'complaint' }]);
  });

  it("names its message as a hint only when it is the account's own", async () => {
    const id = await relay.delivered();
    const other = await relay.addOtherAccount();
    const report = deliveryReport(BOB, { returned: `X-Relay-Message-Id: ${id}` });
    await relay.send(FBL, report);
    await relay.send(`fbl@bounces.${OTHER_DOMAIN}`, report);
    expect(await relay.kept()).toMatchObject([{ messageId: id }]);
    expect(await relay.kept(other)).toMatchObject([{ messageId: undefined }]);
    await expectUntouched(id);
  });

  it('says so in an event', async () => {
    await relay.send(FBL, deliveryReport(BOB));
    const [kept] = await relay.kept();
    expect(await relay.accountEvents()).toMatchObject([
      { type: 'report_unverified', data: { report_id: kept?.id, kind: 'bounce', reported_recipient: BOB } },
    ]);
  });

  it('the mail by which Apple Mail unsubscribes', async () => {
    const id = await relay.delivered();
    const mail = `From: <${BOB}>\nTo: <${FBL}>\nSubject: unsubscribe\n\nApple Mail sent this email to unsubscribe from the message "Your order".`;
    await relay.send(FBL, mail, BOB);
    await relay.send(relay.token(id), mail, BOB);
    await expectUntouched(id);
    expect(await relay.kept()).toMatchObject([{ form: 'unsubscription' }, { form: 'unsubscription' }]);
  });

  it('whatever stands in it, where it could not be read: for the account whose address it came to', async () => {
    await relay[Symbol.asyncDispose]();
    relay = await InboundFixture.start({
      readReport: () => Promise.resolve({ kind: 'unreadable', why: 'time' }),
    });
    const id = await relay.delivered();
    const other = await relay.addOtherAccount();
    for (const to of [relay.token(id), FBL, `fbl@bounces.${OTHER_DOMAIN}`])
      expect(await relay.send(to, deliveryReport(BOB))).toMatch(/^250/);
    // Postmaster has it already.
    expect(await relay.send('postmaster', deliveryReport(BOB))).toMatch(/^250/);
    await expectUntouched(id);
    const unreadable = { kind: 'unreadable', why: 'unreadable (time)', recipient: undefined };
    expect(await relay.kept()).toMatchObject([unreadable, unreadable]);
    expect(await relay.kept(other)).toMatchObject([unreadable]);
  });

  it('but neither automatic replies nor what is no report is kept', async () => {
    const away = `From: <${BOB}>\nSubject: away\nAuto-Submitted: auto-replied\n\nUntil Monday.`;
    await relay.send(FBL, away, BOB);
    await relay.send(FBL, 'From: <x@spam.test>\nSubject: hi\n\nBuy now!', 'x@spam.test');
    expect(await relay.kept()).toEqual([]);
  });
});

describe('a return-path token', () => {
  it('is for the recipients at its destination, whoever else had the message', async () => {
    const id = await relay.delivered(twoDestinations);
    // Bob's provider (or Bob) knows Bob's token, and reports in Ann's name.
    await relay.send(relay.token(id, 'example.net'), deliveryReport(ANN));
    await expectUntouched(id, [ANN, BOB]);
    expect(await relay.kept()).toMatchObject([{ kind: 'bounce', recipient: ANN, messageId: undefined }]);

    await relay.send(relay.token(id, 'elsewhere.test'), deliveryReport(ANN));
    expect(await relay.states(id)).toEqual(['delivered', 'bounced']);
    expect(await relay.suppression(ANN)).toBe('unknown-address');
  });

  it('settles what is its own of several Final-Recipients, and keeps the rest', async () => {
    const id = await relay.delivered(twoDestinations);
    const both = deliveryReport(BOB).replace(
      /(Final-Recipient: .*\n)((?:.+\n)+)/,
      (_all, first: string, rest: string) => `${first}${rest}\nFinal-Recipient: rfc822; ${ANN}\n${rest}`,
    );
    await relay.send(relay.token(id), both);
    expect(await relay.states(id)).toEqual(['bounced', 'delivered']);
    expect(await relay.suppression(ANN)).toBeUndefined();
    expect((await relay.kept()).length).toBe(1);
  });

  it('does not reach another message, whatever the report sends back', async () => {
    const own = await relay.delivered();
    const other = await relay.delivered({ recipients: [{ recipient: ANN, destination: 'elsewhere.test' }] });
    const returned = `X-Relay-Message-Id: ${other}\n${relay.reportTokenField(other)}`;
    await relay.send(relay.token(own), deliveryReport(BOB, { returned }));
    await expectUntouched(other, [ANN]);
    expect(await relay.states(own)).toEqual(['bounced']);
  });

  it('of several recipients bounces and does not suppress: each of them could have written it', async () => {
    const id = await relay.delivered({ recipients: [{ recipient: BOB }, { recipient: 'eve@example.net' }] });
    await relay.send(relay.token(id), deliveryReport(BOB));
    expect(await relay.states(id)).toEqual(['bounced', 'delivered']);
    expect((await relay.events(id)).at(-1)).toMatchObject({ type: 'bounced', recipient: BOB });
    expect(await relay.suppression(BOB)).toBeUndefined();
    expect((await relay.dsns()).length).toBe(1);
  });

  it('of several recipients does not lengthen a run of soft bounces either', async () => {
    const full = { status: '5.2.2', diagnostic: `552 5.2.2 <${BOB}>: Mailbox full` };
    for (let message = 0; message < 4; message++) {
      const id = await relay.delivered({
        recipients: [{ recipient: BOB }, { recipient: 'eve@example.net' }],
      });
      await relay.send(relay.token(id), deliveryReport(BOB, full));
    }
    expect(await relay.suppression(BOB)).toBeUndefined();
  });

  it('is no good at the host of another tenant, in no case a made up one, and after 30 days', async () => {
    await relay.addOtherAccount();
    const id = await relay.delivered();
    const token = relay.token(id);
    const elsewhere = token.replace(RETURN_PATH_HOST, `bounces.${OTHER_DOMAIN}`);
    const otherDestination = token.replace(
      /^(b2-\w{26}-)(.)/,
      (_, head: string, one: string) => head + (one === '0' ? '1' : '0'),
    );
    const old = makeId('msg_', systemClock.now() - TOKEN_VALID_MS - 1000, systemRandom);
    for (const refused of [elsewhere, otherDestination, relay.token(old)])
      expect(await relay.send(refused, deliveryReport(BOB))).toMatch(/^550 5\.7\.1/);
    expect(await relay.send(token.toUpperCase(), deliveryReport(BOB))).toMatch(/^250/);
    expect(await relay.states(id)).toEqual(['bounced']);
  });

  it('is of its own account, whoever holds the domain by now', async () => {
    const id = await relay.delivered();
    const lost = await relay.delivered(twoDestinations);
    const other = await relay.addOtherAccount();
    await relay.store.directory.removeDomain((await relay.reader.domainHolder(DOMAIN))?.id ?? '', 1, 'test');
    await relay.addDomain(DOMAIN, other);
    // What was looked up counts for a second.
    await eventually(async () => (await relay.reader.domainHolder(DOMAIN))?.accountId === other, {
      what: 'the new holder',
    });
    expect(await relay.send(relay.token(id), deliveryReport(BOB))).toMatch(/^250/);
    expect(await relay.states(id)).toEqual(['bounced']);
    await relay.send(relay.token(lost), deliveryReport(ANN));
    await relay.send(FBL, deliveryReport(BOB, { returned: `X-Relay-Message-Id: ${id}` }));
    expect(await relay.kept()).toMatchObject([{ recipient: ANN }]);
    expect(await relay.kept(other)).toMatchObject([{ recipient: BOB, messageId: undefined }]);
  });

  it('of the early form counts where the message went to one destination, and nowhere else', async () => {
    const one = await relay.delivered();
    const two = await relay.delivered(twoDestinations);
    await relay.send(relay.earlyToken(two), deliveryReport(ANN));
    await expectUntouched(two, [ANN]);
    expect((await relay.kept()).length).toBe(1);
    await relay.send(relay.earlyToken(one), deliveryReport(BOB));
    expect(await relay.states(one)).toEqual(['bounced']);
  });

  it('is not enough for a complaint', async () => {
    const id = await relay.delivered();
    await relay.send(relay.token(id), feedbackReport('abuse', relay.reportTokenField(id), BOB));
    await expectUntouched(id);
    expect(await relay.kept()).toMatchObject([{ kind: 'complaint', messageId: id }]);
  });

  it.each(['delayed', 'relayed', 'expanded', 'delivered'])(
    'brings no %s where nobody asked',
    async (action) => {
      const id = await relay.delivered();
      await relay.send(relay.token(id), deliveryReport(BOB, { action, status: '2.0.0' }));
      await expectUntouched(id);
      expect(await relay.kept()).toEqual([]);
    },
  );
});

describe('a feedback report', () => {
  const complaint = (
    id: string,
    more: { type?: string; to?: string; field?: string; recipient?: string | undefined } = {},
  ) => {
    const { type = 'abuse', to = FBL, field = relay.reportTokenField(id) } = more;
    const recipient = 'recipient' in more ? more.recipient : BOB;
    return feedbackReport(type, field, recipient).replace('To: <fbl@example.org>', `To: <${to}>`);
  };
  beforeEach(() => relay.zone.set('fbl._domainkey.provider.test', PROVIDER_KEY));

  it('counts from a provider whose signature is good, with the token of the message', async () => {
    const id = await relay.delivered();
    const report = await signedReport(complaint(id));
    expect(await relay.send(FBL, report)).toMatch(/^250/);
    expect(await relay.send(FBL, report)).toMatch(/^250/);
    expect((await relay.events(id)).at(-1)).toMatchObject({
      type: 'complained',
      data: { source: 'provider' },
    });
    expect((await relay.events(id)).length).toBe(2);
    expect(await relay.suppression(BOB)).toBe('complaint');
    expect(await relay.kept()).toEqual([]);
  });

  it('opts out of the stream', async () => {
    const id = await relay.delivered();
    await relay.send(FBL, await signedReport(complaint(id, { type: 'opt-out' })));
    expect(await relay.suppression(BOB)).toBe('unsubscribe');
  });

  it('counts from a provider that SPF vouches for, and from a network that is configured', async () => {
    const bySpf = await relay.delivered();
    relay.zone.set('bounce.provider.test', { txt: ['v=spf1 ip4:127.0.0.1 -all'] });
    await relay.send(FBL, complaint(bySpf), 'fbl@bounce.provider.test');
    expect((await relay.events(bySpf)).at(-1)?.type).toBe('complained');

    await relay[Symbol.asyncDispose]();
    relay = await InboundFixture.start({ feedbackNetworks: ['127.0.0.0/8'] });
    const byNetwork = await relay.delivered();
    await relay.send(FBL, complaint(byNetwork).replace('fbl@provider.test', 'anybody@net.test'));
    expect((await relay.events(byNetwork)).at(-1)).toMatchObject({ data: { source: '127.0.0.0/8' } });
  });

  it.each([
    ['without a signature', (text: string) => Promise.resolve(text)],
    [
      'with a signature that is broken',
      async (text: string) => (await signedReport(text)).replace('abuse', 'fraud'),
    ],
    [
      'with the signature of somebody else',
      (text: string) => signedReport(text, { domain: 'attacker.test' }),
    ],
    [
      'of somebody else, well signed',
      (text: string) => signedReport(text.replace('fbl@provider.test', 'user@provider.test')),
    ],
    [
      'with two authors',
      (text: string) =>
        signedReport(text.replace('<fbl@provider.test>', '<fbl@provider.test>, <x@provider.test>')),
    ],
    [
      'with a second From that the signature does not know of',
      async (text: string) => `From: <x@attacker.test>\r\n${await signedReport(text)}`,
    ],
    [
      'whose parts the signature does not cover, made for another address',
      (text: string) =>
        signedReport(text.replace(`To: <${FBL}>`, 'To: <fbl@attacker.test>'), { fields: 'From:To:Subject' }),
    ],
    [
      'with a line end that only some readers see',
      async (text: string) =>
        `X-A: b\rContent-Type: multipart/mixed; boundary="c"\r\n${await signedReport(text)}`,
    ],
    [
      'with more fields than any mail has',
      async (text: string) =>
        (await signedReport(text)).replace('\r\n\r\n', `\r\n${'X-A: b\r\n'.repeat(600)}\r\n`),
    ],
    ['whose signature covers From alone', (text: string) => signedReport(text, { fields: 'From' })],
  ])('%s is kept', async (_, made) => {
    relay.zone.set('fbl._domainkey.attacker.test', PROVIDER_KEY);
    const id = await relay.delivered();
    expect(await relay.send(FBL, await made(complaint(id)))).toMatch(/^250/);
    await expectUntouched(id);
    expect(await relay.kept()).toMatchObject([{ kind: 'complaint', messageId: id }]);
  });

  it('counts when its signature covers the address that it was made for, instead of Content-Type', async () => {
    const id = await relay.delivered();
    await relay.send(FBL, await signedReport(complaint(id), { fields: 'From:To:Subject' }));
    expect(await relay.suppression(BOB)).toBe('complaint');
  });

  it('with a signature over the beginning of its body is kept', async () => {
    const id = await relay.delivered();
    const beginning = await signedReport(complaint(id), { bodyLength: 40 });
    expect(beginning).toMatch(/\bl=40;/);
    await relay.send(FBL, beginning);
    await expectUntouched(id);
    expect((await relay.kept()).length).toBe(1);
  });

  it.each([
    ['no token', 'X-A: b'],
    ['the id of the message', (id: string) => `X-Relay-Message-Id: ${id}\nMessage-ID: <order-1@example.org>`],
    ['two tokens', (id: string) => `${relay.reportTokenField(id)}\n${relay.reportTokenField(id)}`],
    ['a token that was made up', (id: string) => `X-Relay-Report-Token: r1-${id.slice(4)}-0000000000000000`],
    [
      'the token in a message within the message',
      (id: string) =>
        `Content-Type: multipart/mixed; boundary="c"\n\n--c\nContent-Type: message/rfc822\n\n${relay.reportTokenField(id)}\n\n--c--\n\nX: y`,
    ],
  ] as const)('that sends back %s is kept, whoever sent it', async (_, field) => {
    const id = await relay.delivered();
    const text = complaint(id, { field: typeof field === 'string' ? field : field(id) });
    expect(await relay.send(FBL, await signedReport(text))).toMatch(/^250/);
    await expectUntouched(id);
    expect((await relay.kept()).length).toBe(1);
  });

  it('to the host of another account is kept there, and that account does not learn of the message', async () => {
    const other = await relay.addOtherAccount();
    const id = await relay.delivered();
    const host = `fbl@bounces.${OTHER_DOMAIN}`;
    await relay.send(host, await signedReport(complaint(id, { to: host })));
    await expectUntouched(id);
    expect(await relay.kept(other)).toMatchObject([{ kind: 'complaint', messageId: undefined }]);
    expect(await relay.kept()).toEqual([]);
  });

  it('whose recipient stands in the copy only says nothing of a message that several had', async () => {
    const one = await relay.delivered();
    const several = await relay.delivered(twoDestinations);
    const hidden = (id: string) =>
      complaint(id, { recipient: undefined, field: `${relay.reportTokenField(id)}\nTo: <${BOB}>` });
    await relay.send(FBL, await signedReport(hidden(several)));
    await expectUntouched(several, [BOB, ANN]);
    expect((await relay.kept()).length).toBe(1);
    await relay.send(FBL, await signedReport(hidden(one)));
    expect(await relay.suppression(BOB)).toBe('complaint');
  });

  it('of a message that a co-recipient sent on, to a mailbox of theirs, says nothing of who stands in its To', async () => {
    const id = await relay.delivered(twoDestinations);
    const sentOn = { recipient: 'ann@provider.test', field: `${relay.reportTokenField(id)}\nTo: <${BOB}>` };
    await relay.send(FBL, await signedReport(complaint(id, sentOn)));
    await expectUntouched(id, [BOB, ANN]);
    expect(await relay.kept()).toMatchObject([{ kind: 'complaint', messageId: id }]);
  });

  it('is asked for again while DNS does not say who signed it', async () => {
    const id = await relay.delivered();
    const report = await signedReport(complaint(id));
    relay.zone.set('fbl._domainkey.provider.test', { fault: 'timeout' });
    expect(await relay.send(FBL, report)).toMatch(/^451 4\.4\.3/);
    expect(await relay.kept()).toEqual([]);
    relay.zone.set('fbl._domainkey.provider.test', PROVIDER_KEY);
    expect(await relay.send(FBL, report)).toMatch(/^250/);
    expect((await relay.events(id)).at(-1)?.type).toBe('complained');
  });

  it('to postmaster, who has it already, is kept while DNS does not say who signed it', async () => {
    const id = await relay.delivered();
    const to = `postmaster@${DOMAIN}`;
    const report = await signedReport(complaint(id, { to }));
    relay.zone.set('fbl._domainkey.provider.test', { fault: 'timeout' });
    expect(await relay.send(to, report)).toMatch(/^250/);
    expect(await relay.kept()).toMatchObject([{ why: 'its source could not be verified when it came' }]);
    relay.zone.set('fbl._domainkey.provider.test', PROVIDER_KEY);
    await relay.send(to, report);
    expect((await relay.events(id)).at(-1)?.type).toBe('complained');
  });

  it('has nothing looked up in DNS that a stranger chose', async () => {
    const id = await relay.delivered();
    const report = await signedReport(complaint(id), { domain: 'attacker.test' });
    const fromNobody = await signedReport(complaint(id).replace('fbl@provider.test', 'fbl@attacker.test'));
    await relay.send(FBL, report);
    await relay.send(FBL, fromNobody);
    expect(relay.zone.questions).toEqual([]);
  });

  it('of one source weighs in the health of a stream up to its share, and suppresses all the same', async () => {
    await relay[Symbol.asyncDispose]();
    relay = await InboundFixture.start({ feedbackNetworks: ['127.0.0.1'], sourceComplaints: 0.004 });
    const ids: string[] = [];
    for (let message = 0; message < 8; message++) ids.push(await relay.delivered());
    await relay.countDelivered(1105);
    for (const id of ids) await relay.send(FBL, complaint(id));
    const [total] = await relay.reader.healthTotals('stream', systemClock.now() - 3_600_000, 10);
    expect(total?.counts.complained).toBe(4);
    expect(await flatMapInTurn(ids, async (id) => [(await relay.events(id)).at(-1)?.type])).toEqual(
      ids.map(() => 'complained'),
    );
  });
});

describe('what is kept is bounded', () => {
  it('to 1,000 reports an account, the oldest going, and 100 events an hour', async () => {
    const wanted = 1_010;
    for (let sent = 0; sent < wanted; sent++)
      await relay.keep({ id: makeId('rpt_', sent, systemRandom), recipient: `u${sent}@example.net` });
    expect((await relay.kept()).length).toBe(1_000);
    expect((await relay.kept()).at(-1)?.recipient).toBe('u10@example.net');
    expect((await relay.accountEvents()).length).toBe(100);
  });

  it('to 64 KiB of header', async () => {
    const header = `X-Pad: ${'x'.repeat(900)}\n`.repeat(200);
    await relay.send(FBL, header + deliveryReport(BOB));
    const [kept] = await relay.kept();
    expect((await relay.reader.unverifiedReport(kept?.id ?? ''))?.headers.length).toBe(64 * 1024);
  });

  it('to printable texts', async () => {
    await relay.send(FBL, deliveryReport('x\u001bcRESET\u202e@b.c'));
    expect((await relay.kept())[0]?.recipient ?? '').not.toMatch(/[\p{Cc}\u202e]/u);
  });
});
