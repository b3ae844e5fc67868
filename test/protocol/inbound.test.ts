/** Port 25: who is let in, and what reports do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TOKEN_VALID_MS } from '../../src/dsn/return-path-token.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { makeId } from '../../src/platform/ids.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { silentLog, type LogFields } from '../../src/platform/log.ts';
import type { ReportReading } from '../../src/dsn/read/report-reader.ts';
import { StoreError } from '../../src/store/errors.ts';
import { OPERATOR_ACCOUNT } from '../../src/store/operator-account.ts';
import { eventually } from '../support/eventually.ts';
import { play, Wire } from './support/dialogue.ts';
import {
  deliveryReport,
  DOMAIN,
  feedbackReport,
  HOSTNAME,
  InboundFixture,
  RETURN_PATH_HOST,
} from './support/inbound-fixture.ts';

let relay: InboundFixture;
beforeEach(async () => {
  relay = await InboundFixture.start();
});
afterEach(() => relay[Symbol.asyncDispose]());

const MAIL = ['S: 220', 'C: EHLO mx.example.net', 'S: 250', 'C: MAIL FROM:<>', 'S: 250 2.1.0'];
const rcpt = (to: string, ...answer: string[]) => [...MAIL, `C: RCPT TO:<${to}>`, ...answer];

describe('who is let in', () => {
  it('offers STARTTLS and no AUTH', async () => {
    const wire = await Wire.open(relay.port);
    await wire.reply();
    const features = await wire.command('EHLO mx.example.net');
    expect(features).toContain('STARTTLS');
    expect(features).not.toContain('AUTH');
    expect(await wire.command('AUTH PLAIN AGEAYg==')).toMatch(/^502 5\.5\.1/);
    expect(await wire.command('STARTTLS')).toMatch(/^220/);
    await wire.secure();
    expect(await wire.command('EHLO mx.example.net')).not.toContain('AUTH');
    wire.destroy();
  });

  it.each([
    ['anybody elsewhere', 'bob@example.net', '550 5.7.1 <bob@example.net>: this server takes reports'],
    ['a mailbox of the sending domain', 'shop@example.org', '550 5.7.1'],
    ['another name on the return-path host', `bob@${RETURN_PATH_HOST}`, '550 5.7.1'],
    ['postmaster elsewhere', 'postmaster@example.net', '550 5.7.1'],
    ['the return-path host of a domain that is not ours', 'fbl@bounces.example.net', '550 5.7.1'],
  ])('refuses %s', async (_, to, answer) => {
    await play(relay.port, rcpt(to, `S: ${answer}`));
  });

  it.each([
    'postmaster',
    'Postmaster@relay.test',
    'POSTMASTER@example.org',
    `postmaster@${RETURN_PATH_HOST}`,
    `fbl@${RETURN_PATH_HOST}`,
  ])('takes %s', async (to) => {
    await play(relay.port, rcpt(to, 'S: 250 2.1.5'));
  });

  it('takes tokens that it made, in any case, with ORCPT and NOTIFY; refuses forged and outdated ones', async () => {
    const id = await relay.delivered();
    const token = relay.token(id);
    await play(relay.port, rcpt(token, 'S: 250 2.1.5'));
    await play(relay.port, [...MAIL, `C: RCPT TO:<${token.toUpperCase()}> NOTIFY=NEVER`, 'S: 250 2.1.5']);
    const forged = token.replace(
      /-(.)([^-]*)@/,
      (_, first: string, rest: string) => `-${first === 'a' ? 'b' : 'a'}${rest}@`,
    );
    expect(forged).not.toBe(token);
    await play(relay.port, rcpt(forged, 'S: 550 5.7.1'));
    const old = makeId('msg_', systemClock.now() - TOKEN_VALID_MS - 1000, systemRandom);
    await play(relay.port, rcpt(relay.token(old), 'S: 550 5.7.1 <b2-'));
  });

  it('takes mail to postmaster of a domain that somebody holds, for the operator, and of none that was only added', async () => {
    const { store } = relay;
    await store.directory.addAccount({ id: 'acc_thief', name: 'thief', createdAtMs: 1 }, 'test');
    const claim = { verifiedAtMs: undefined, recordStatus: {}, createdAtMs: 1, accountId: 'acc_thief' };
    for (const [id, name] of Object.entries({ dom_1: DOMAIN, dom_2: HOSTNAME, dom_3: 'victim.test' }))
      await store.directory.addDomain({ ...claim, id, name }, [], 'test');
    expect(await relay.send('postmaster@victim.test', 'From: <a@b.test>\n\nHi')).toMatch(/^550 5\.7\.1/);
    expect(await relay.send('fbl@bounces.victim.test', feedbackReport('abuse', ''))).toMatch(/^550 5\.7\.1/);
    for (const domain of [DOMAIN, HOSTNAME])
      expect(await relay.send(`postmaster@${domain}`, 'From: <a@b.test>\n\nHi')).toMatch(/^250 /);
    const filter = { accountId: undefined, state: undefined, destination: undefined, recipient: undefined };
    const messages = await relay.reader.listMessages({
      ...filter,
      stream: undefined,
      tag: undefined,
      before: undefined,
      limit: 10,
    });
    const { id } = OPERATOR_ACCOUNT;
    expect(messages.map(({ facts }) => facts.accountId)).toEqual([id, id]);
  });

  it('takes a report about a message whose domain is not there any more', async () => {
    const id = await relay.delivered();
    const domain = await relay.reader.findDomain(relay.accountId, DOMAIN);
    await relay.store.directory.removeDomain(domain?.id ?? '', 1, 'test');
    await eventually(async () => (await relay.reader.domainHolder(DOMAIN)) === undefined);
    expect(await relay.send(relay.token(id), deliveryReport('bob@example.net'))).toMatch(/^250 2\.0\.0/);
    expect(await relay.states(id)).toEqual(['bounced']);
  });

  it('sends away a client that looks for addresses', async () => {
    const guesses = Array.from({ length: 19 }, (_, i) => [`C: RCPT TO:<u${i}@example.org>`, 'S: 550 5.7.1']);
    await play(relay.port, [
      ...MAIL,
      ...guesses.flat(),
      'C: RCPT TO:<last@example.org>',
      'S: 421 4.7.0',
      '> closed',
    ]);
  });

  it('refuses what is larger than 10 MiB', async () => {
    const token = relay.token(await relay.delivered());
    await play(relay.port, [
      'S: 220',
      'C: EHLO x',
      'S: 250',
      'C: MAIL FROM:<> SIZE=11000000',
      'S: 552 5.3.4',
    ]);
    const big = `${deliveryReport('bob@example.net')}\n${'x'.repeat(76)}`.concat(
      `\n${'y'.repeat(76)}`.repeat(140_000),
    );
    expect(await relay.send(token, big)).toMatch(/^552 5\.3\.4/);
  });
});

describe('a bounce that comes after delivery', () => {
  it('of a full mailbox, message after message, suppress the address for a while', async () => {
    const full = { status: '5.2.2', diagnostic: '552 5.2.2 <bob@example.net>: Mailbox full' };
    for (let message = 0; message < 2; message++) {
      const id = await relay.delivered();
      await relay.send(relay.token(id), deliveryReport('bob@example.net', full));
      await relay.send(relay.token(id), deliveryReport('bob@example.net', full));
    }
    expect(await relay.suppression('bob@example.net')).toBeUndefined();
    await relay.send(relay.token(await relay.delivered()), deliveryReport('bob@example.net', full));
    expect(await relay.suppression('bob@example.net')).toBe('soft-bounces');
  });

  it('turns the delivery into bounced, says so in an event, suppresses, and tells the sender once', async () => {
    const id = await relay.delivered();
    const report = deliveryReport('bob@example.net');
    expect(await relay.send(relay.token(id), report)).toMatch(/^250 2\.0\.0/);
    expect(await relay.states(id)).toEqual(['bounced']);
    expect((await relay.events(id)).at(-1)).toMatchObject({
      type: 'bounced',
      recipient: 'bob@example.net',
      data: {
        via: 'report',
        status: '5.1.1',
        class: 'unknown-user',
        hard: true,
        host: 'inner.example.net',
        reply: '550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown',
      },
    });
    expect(await relay.suppression('bob@example.net')).toBe('unknown-address');
    const [dsn] = await relay.dsns();
    expect(dsn?.recipient).toBe('shop@example.org');
    expect(dsn?.facts).toMatchObject({ reversePath: '', headerFrom: 'mailer-daemon@example.org' });
    expect(dsn?.text).toContain('Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; inner.example.net\r\n');
    expect(dsn?.text).toContain('Message-ID: <order-1@example.org>');

    expect(await relay.send(relay.token(id), report)).toMatch(/^250/);
    expect((await relay.events(id)).length).toBe(2);
    expect((await relay.dsns()).length).toBe(1);
  });

  it('is for the recipient that it names', async () => {
    const id = await relay.delivered({
      recipients: [{ recipient: 'ann@example.net' }, { recipient: 'Bob@example.net' }],
    });
    await relay.send(relay.token(id), deliveryReport('bob@EXAMPLE.net'));
    expect(await relay.states(id)).toEqual(['delivered', 'bounced']);
    expect(await relay.kept()).toEqual([]);
    await relay.send(relay.token(id), deliveryReport('somebody@else.test'));
    expect(await relay.kept()).toMatchObject([{ recipient: 'somebody@else.test' }]);
    expect(await relay.states(id)).toEqual(['delivered', 'bounced']);
    await relay.send(relay.token(id), deliveryReport('x@else.test', { original: 'ann@example.net' }));
    expect(await relay.states(id)).toEqual(['bounced', 'bounced']);
  });

  it('does not suppress an address whose mail was forwarded to one that is gone', async () => {
    const id = await relay.delivered();
    await relay.send(relay.token(id), deliveryReport('bob@forwarded.test'));
    expect(await relay.states(id)).toEqual(['bounced']);
    expect(await relay.suppression('bob@example.net')).toBeUndefined();
  });

  it('about somebody who was erased suppresses no pseudonym, and keeps no word of the address', async () => {
    await relay[Symbol.asyncDispose]();
    relay = await InboundFixture.start({ feedbackNetworks: ['127.0.0.1'] });
    const pseudonym = 'erased-1@erased.invalid';
    const [bounced, complained] = [await relay.delivered(), await relay.delivered()];
    const { store, accountId } = relay;
    const of = { accountId, address: 'bob@example.net', pseudonym, hash: 'hash:k:1', knownAs: 'x' };
    await store.erasure.beginErasure({ id: 'era_1', ...of }, 1, 'test');
    while ((await store.erasure.eraseSome('era_1', 1, 'test')).kind !== 'done');
    const report = deliveryReport('bob@example.net', { original: 'Bob@example.net' });
    expect(await relay.send(relay.token(bounced), report)).toMatch(/^250/);
    const complaint = feedbackReport('abuse', relay.reportTokenField(complained));
    expect(await relay.send(`fbl@${RETURN_PATH_HOST}`, complaint)).toMatch(/^250/);
    expect(await relay.states(bounced)).toEqual(['bounced']);
    expect((await relay.events(bounced)).at(-1)).toMatchObject({
      ...{ type: 'bounced', recipient: pseudonym },
      data: { reply: `550 5.1.1 <${pseudonym}>: Recipient address rejected: User unknown` },
    });
    expect((await relay.events(complained)).at(-1)).toMatchObject({
      type: 'complained',
      recipient: pseudonym,
    });
    expect(await relay.reader.listSuppressions(accountId, undefined, 9)).toEqual([]);
    expect(JSON.stringify(await relay.events(bounced))).not.toMatch(/bob@/i);
    expect((await relay.dsns())[0]?.text).not.toMatch(/bob@/i);
  });

  it.each([
    ['5.7.1', '550 5.7.1 Message rejected as spam'],
    ['5.2.2', '552 5.2.2 Mailbox full'],
    ['4.4.7', '450 4.4.7 Delivery time expired'],
    ['5.1.1', '550 5.1.1 Service refused, 192.0.2.1 blocked using zen.spamhaus.org'],
    ['5.1.1', '550 5.1.1 <app@sender.test>: Sender address rejected: User unknown in local sender table'],
    ['5.1.2', '550 5.1.2 Sender domain not found'],
    ['5.1.1', '554 5.1.1 rejected as spam'],
  ])('does not suppress for %s %s', async (status, diagnostic) => {
    const id = await relay.delivered();
    await relay.send(relay.token(id), deliveryReport('bob@example.net', { status, diagnostic }));
    expect(await relay.states(id)).toEqual(['bounced']);
    expect(await relay.suppression('bob@example.net')).toBeUndefined();
  });

  it('is asked for again while its message is not settled', async () => {
    const id = await relay.delivered({ state: undefined });
    const report = deliveryReport('bob@example.net');
    expect(await relay.send(relay.token(id), report)).toMatch(/^451 4\.3\.0/);
    await relay.settle('delivered');
    expect(await relay.send(relay.token(id), report)).toMatch(/^250/);
    expect(await relay.states(id)).toEqual(['bounced']);
  });

  it.each([
    ['NOTIFY is NEVER', { recipients: [{ notify: ['never'] as const }] }],
    ['the credential wants no notices', { facts: { sendDsn: false } }],
  ])('tells nobody when %s', async (_, draft) => {
    const id = await relay.delivered(draft);
    await relay.send(relay.token(id), deliveryReport('bob@example.net'));
    expect(await relay.states(id)).toEqual(['bounced']);
    expect(await relay.dsns()).toEqual([]);
  });

  it('is told to the address that the credential names', async () => {
    const id = await relay.delivered({ facts: { dsnTo: 'returns@example.org' } });
    await relay.send(relay.token(id), deliveryReport('bob@example.net'));
    expect((await relay.dsns())[0]).toMatchObject({ recipient: 'returns@example.org' });
    expect((await relay.dsns())[0]?.text).toContain('To: <returns@example.org>');
  });
});

describe('other reports', () => {
  // Complaints need a source that is known: test/security/forged-reports.test.ts.
  it.each(['not-spam', 'auth-failure', 'virus'])('feedback of type %s is no complaint', async (type) => {
    await relay[Symbol.asyncDispose]();
    relay = await InboundFixture.start({ feedbackNetworks: ['127.0.0.1'] });
    const id = await relay.delivered();
    await relay.send(`fbl@${RETURN_PATH_HOST}`, feedbackReport(type, relay.reportTokenField(id)));
    expect((await relay.events(id)).map(({ type: event }) => event)).toEqual(['delivered']);
    expect(await relay.suppression('bob@example.net')).toBeUndefined();
    expect(await relay.kept()).toEqual([]);
  });

  it('an automatic reply changes nothing', async () => {
    const id = await relay.delivered();
    const reply = `From: <bob@example.net>
To: <shop@example.org>
Subject: Out of office: user unknown
Auto-Submitted: auto-replied

I am away until Monday. 550 5.1.1 is my favourite number.`;
    expect(await relay.send(relay.token(id), reply, 'bob@example.net')).toMatch(/^250/);
    expect((await relay.events(id)).map(({ type }) => type)).toEqual(['delivered']);
    expect(await relay.suppression('bob@example.net')).toBeUndefined();
  });

  it('a notice of success reaches the sender who asked for it, once', async () => {
    const asked = await relay.delivered({ recipients: [{ notify: ['success'] }] });
    const report = deliveryReport('bob@example.net', {
      action: 'delivered',
      status: '2.0.0',
      diagnostic: '250 2.0.0 in the mailbox',
    });
    await relay.send(relay.token(asked), report);
    await relay.send(relay.token(asked), report);
    expect(await relay.states(asked)).toEqual(['delivered']);
    expect((await relay.events(asked)).at(-1)?.data).toMatchObject({ via: 'report', reported: 'delivered' });
    expect((await relay.dsns()).length).toBe(1);
    expect((await relay.dsns())[0]?.text).toContain('Action: delivered\r\nStatus: 2.0.0\r\n');

    const unasked = await relay.delivered();
    await relay.send(relay.token(unasked), report);
    expect((await relay.events(unasked)).length).toBe(1);
  });

  it('a notice of delay further on is passed on where NOTIFY asks for it', async () => {
    const id = await relay.delivered({ recipients: [{ notify: ['failure', 'delay'] }] });
    await relay.send(
      relay.token(id),
      deliveryReport('bob@example.net', {
        action: 'delayed',
        status: '4.4.1',
        diagnostic: '451 4.4.1 busy',
      }),
    );
    expect(await relay.states(id)).toEqual(['delivered']);
    expect((await relay.dsns())[0]?.text).toContain('Action: delayed\r\nStatus: 4.4.1\r\n');
  });

  it('what is no report at all is taken and changes nothing', async () => {
    const id = await relay.delivered();
    expect(await relay.send(relay.token(id), 'Subject: hi\n\nBuy now!', 'x@spam.test')).toMatch(/^250/);
    expect(await relay.send(relay.token(id), '\u0000\u0001')).toMatch(/^250/);
    expect((await relay.events(id)).length).toBe(1);
  });
});

describe('mail to postmaster', () => {
  const letter = 'From: Ann <ann@example.net>\nTo: postmaster@example.org\nSubject: a question\n\nHello?';

  it('is relayed to the address that is configured, with the null reverse-path', async () => {
    expect(await relay.send('postmaster', letter, 'ann@example.net')).toMatch(
      /^250 2\.0\.0 Ok: queued as msg_/,
    );
    const [relayed] = await relay.dsns();
    expect(relayed?.recipient).toBe('ops@elsewhere.test');
    expect(relayed?.facts).toMatchObject({ reversePath: '', headerFrom: 'ann@example.net', sendDsn: false });
    expect(relayed?.text).toMatch(/^Received: from mx\.example\.net/);
    expect(relayed?.text).toContain('\r\nSubject: a question\r\n');
  });

  it('is delivered where an account suppresses the address of the operator', async () => {
    const { store, accountId } = relay;
    await store.suppressions.addSuppression(
      {
        ...{ accountId, scope: '', address: 'ops@elsewhere.test', reason: 'manual', evidence: '' },
        ...{ createdAtMs: 1, expiresAtMs: undefined, createdBy: 'test' },
      },
      'test',
    );
    const reply = await relay.send(`postmaster@${DOMAIN}`, letter);
    const [, id = ''] = /queued as (msg_\w+)/.exec(reply) ?? [];
    expect(await relay.states(id)).toEqual(['queued']);
  });

  it('is refused when it went round and round', async () => {
    const loop = 'Received: from a by b; Mon, 05 Jan 2026 09:00:00 +0000\n'.repeat(51);
    expect(await relay.send('postmaster', loop + letter)).toMatch(/^554 5\.4\.6/);
  });

  it('is kept as an unverified report too, when it is one', async () => {
    const id = await relay.delivered();
    const returned = `X-Relay-Message-Id: ${id}`;
    expect(await relay.send('postmaster', deliveryReport('bob@example.net', { returned }))).toMatch(/^250/);
    expect(await relay.states(id)).toEqual(['delivered']);
    expect(await relay.kept()).toMatchObject([{ messageId: id }]);
    expect((await relay.dsns()).map(({ recipient }) => recipient)).toContain('ops@elsewhere.test');
  });
});

describe('a report that cannot be read', () => {
  const reader = (reading: ReportReading) =>
    InboundFixture.start({ readReport: () => Promise.resolve(reading) });

  it.each(['time', 'memory', 'output', 'failed'] as const)(
    'is taken, said by name and changes nothing (%s)',
    async (why) => {
      const lines: (readonly [string, LogFields | undefined])[] = [];
      const log = {
        ...silentLog,
        warn: (event: string, fields?: LogFields) => void lines.push([event, fields]),
      };
      const unreadable = await InboundFixture.start({
        readReport: () => Promise.resolve({ kind: 'unreadable', why }),
        log,
      });
      try {
        const id = await unreadable.delivered();
        expect(await unreadable.send(unreadable.token(id), deliveryReport('bob@example.net'))).toMatch(
          /^250/,
        );
        expect(await unreadable.states(id)).toEqual(['delivered']);
        expect(lines).toMatchObject([['report not readable', { why, client: '127.0.0.1', messages: [id] }]]);
      } finally {
        await unreadable[Symbol.asyncDispose]();
      }
    },
  );

  it('to postmaster reaches postmaster all the same', async () => {
    const unreadable = await reader({ kind: 'unreadable', why: 'time' });
    try {
      expect(await unreadable.send('postmaster', 'From: <a@b.test>\n\nhello')).toMatch(
        /^250 2\.0\.0 Ok: queued as msg_/,
      );
      expect((await unreadable.dsns()).length).toBe(1);
    } finally {
      await unreadable[Symbol.asyncDispose]();
    }
  });

  it('for want of a reader is asked for again', async () => {
    const busy = await reader({ kind: 'busy' });
    try {
      const id = await busy.delivered();
      expect(await busy.send(busy.token(id), deliveryReport('bob@example.net'))).toMatch(/^451 4\.3\.2/);
      expect(await busy.send('postmaster', 'From: <a@b.test>\n\nhello')).toMatch(
        /^250 2\.0\.0 Ok: queued as msg_/,
      );
    } finally {
      await busy[Symbol.asyncDispose]();
    }
  });

  it("is read for its network: a part of what may wait is everybody else's", async () => {
    const { promise: readable, resolve: letRead } = Promise.withResolvers<undefined>();
    const flows: string[] = [];
    const slow = await InboundFixture.start({
      readReport: async (_, flow) => {
        flows.push(flow);
        await readable;
        return { kind: 'report', report: { recipients: [], returned: undefined, form: 'none' } };
      },
    });
    try {
      const to = slow.token(await slow.delivered());
      const large = `Subject: x\n\n${'y'.repeat(70).concat('\n').repeat(8_000)}`;
      // Of one network, from two hosts: as many as its part of the memory holds.
      const waiting = Array.from({ length: 16 }, (_, i) =>
        slow.send(to, large, '', `127.0.0.${1 + (i % 2)}`),
      );
      await eventually(() => flows.length === 16);
      expect(await slow.send(to, large)).toMatch(/^451 4\.3\.2/);
      const other = slow.send(to, large, '', '127.0.1.1');
      await eventually(() => flows.length === 17);
      letRead(undefined);
      for (const answer of await Promise.all([...waiting, other])) expect(answer).toMatch(/^250/);
      expect(new Set(flows)).toEqual(new Set(['127.0.0.0/24', '127.0.1.0/24']));
    } finally {
      await slow[Symbol.asyncDispose]();
    }
  });
});

describe('a report about a thousand recipients', () => {
  const HEAD =
    'From: MAILER-DAEMON@x\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/delivery-status\n\n';
  const recipients = Array.from({ length: 1_000 }, (_, i) => ({
    recipient: `user${i}@example.net`,
  }));
  const about = (name: (index: number) => string) =>
    HEAD + recipients.map((_, i) => `Final-Recipient: rfc822; ${name(i)}\nStatus: 5.1.1\n\n`).join('');

  it('is written a few at a time, with a turn for others in between', async () => {
    let sessions = 0;
    const sizes: number[] = [];
    const large: InboundFixture = await InboundFixture.start({
      reports: {
        applyReport: async (changes) => {
          sizes.push(changes.length);
          // Nobody is greeted while this thread is held.
          const wire = await Wire.open(large.port);
          if ((await wire.reply()).startsWith('220')) sessions++;
          wire.destroy();
          return await large.store.reports.applyReport(changes);
        },
      },
    });
    try {
      const id = await large.delivered({ recipients });
      expect(
        await large.send(
          large.token(id),
          about((i) => `user${i}@example.net`),
        ),
      ).toMatch(/^250/);
      expect((await large.states(id)).filter((state) => state === 'bounced').length).toBe(1_000);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(20);
      expect(sessions).toBe(sizes.length);
    } finally {
      await large[Symbol.asyncDispose]();
    }
  });

  it('that the message does not have is answered, in ten lines of the log', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, info: (event: string) => void lines.push(event) };
    const large = await InboundFixture.start({ log });
    try {
      const id = await large.delivered({ recipients });
      expect(
        await large.send(
          large.token(id),
          about((i) => `user${i}@example.org`),
        ),
      ).toMatch(/^250/);
      expect(lines.filter((line) => line.startsWith('report about a recipient')).length).toBe(10);
    } finally {
      await large[Symbol.asyncDispose]();
    }
  });
});

describe('what one network may bring', () => {
  const open = async (localAddress: string) => {
    const wire = await Wire.open(relay.port, { localAddress });
    return { wire, greeting: await wire.reply() };
  };

  it('is 20 connections a host and 50 a network', async () => {
    const opened = [];
    for (let host = 1; host <= 3; host++)
      for (let i = 0; i < 20; i++) opened.push(await open(`127.0.0.${host}`));
    const refused = opened.filter(({ greeting }) => greeting.startsWith('421 4.7.0'));
    expect(opened.length - refused.length).toBe(50);
    expect((await open('127.0.0.1')).greeting).toMatch(/^421 4\.7\.0/);
    const elsewhere = await open('127.0.1.1');
    expect(elsewhere.greeting).toMatch(/^220/);
    for (const { wire } of [...opened, elsewhere]) wire.destroy();
  });

  it('is so many octets a minute: what is beyond waits at MAIL, and others do not', async () => {
    const to = relay.token(await relay.delivered());
    const large = `Subject: x\n\n${'y'.repeat(998).concat('\n').repeat(9_000)}`;
    const answers: string[] = [];
    for (let i = 0; i < 9; i++) answers.push(await relay.send(to, large));
    expect(answers.filter((answer) => answer.startsWith('250')).length).toBe(8);
    expect(answers.at(-1)).toMatch(/^451 4\.7\.1 Too much from your network, try again in \d+ seconds/);
    expect(await relay.send(to, 'Subject: x', '', '127.0.1.1')).toMatch(/^250/);
  });
});

describe('while the store cannot write', () => {
  it('one that is only to be kept is asked for again as well', async () => {
    const failing = await InboundFixture.start({
      reports: { keepReport: () => Promise.reject(new StoreError('disk-full', 'full')) },
    });
    try {
      const answer = await failing.send(`fbl@${RETURN_PATH_HOST}`, deliveryReport('bob@example.net'));
      expect(answer).toMatch(/^452 4\.3\.1/);
    } finally {
      await failing[Symbol.asyncDispose]();
    }
  });

  it('a report is asked for again', async () => {
    const failing = await InboundFixture.start({
      reports: { applyReport: () => Promise.reject(new StoreError('busy', 'busy')) },
    });
    try {
      const id = await failing.delivered();
      expect(await failing.send(failing.token(id), deliveryReport('bob@example.net'))).toMatch(
        /^451 4\.3\.0/,
      );
      expect(await failing.states(id)).toEqual(['delivered']);
    } finally {
      await failing[Symbol.asyncDispose]();
    }
  });
});
