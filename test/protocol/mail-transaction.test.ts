import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { NOTHING_COUNTED } from '../../src/store/usage.ts';
import { play, Wire, type Step } from './support/dialogue.ts';
import {
  credential,
  domain,
  MESSAGE,
  networkCredential,
  startFixture,
  type Fixture,
} from './support/submission-fixture.ts';

let relay: Fixture;
beforeEach(async () => {
  relay = await startFixture();
});
afterEach(() => relay.stop());

/** Plays on a connection that has logged in. */
async function playLoggedIn(steps: readonly Step[], on: Fixture = relay): Promise<void> {
  await play(on.tlsPort, ['S: 220', '> login', ...steps], { implicitTls: true });
}

async function loggedIn(on: Fixture = relay): Promise<Wire> {
  const wire = await Wire.open(on.tlsPort, { implicitTls: true });
  await wire.reply();
  expect(await wire.login()).toMatch(/^235/);
  return wire;
}

const MAIL = 'C: MAIL FROM:<a@example.org>';

describe('MAIL', () => {
  it.each([
    ['a verified domain', 'MAIL FROM:<a@example.org>', '250 2.1.0'],
    ['the null reverse-path', 'MAIL FROM:<>', '250 2.1.0'],
    ['upper case and a space', 'mail from: <A@EXAMPLE.ORG>', '250 2.1.0'],
    ['no brackets', 'MAIL FROM:a@example.org', '250 2.1.0'],
    ['a source route', 'MAIL FROM:<@one.test,@two.test:a@example.org>', '250 2.1.0'],
    ['a quoted local part', 'MAIL FROM:<"a > b@c"@example.org> SIZE=10', '250 2.1.0'],
    [
      'all parameters',
      'MAIL FROM:<a@example.org> SIZE=10 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=q+2B1',
      '250',
    ],
    ['a hold for a time', 'MAIL FROM:<a@example.org> HOLDFOR=3600', '250 2.1.0'],
    ['a hold until a time', 'MAIL FROM:<a@example.org> HOLDUNTIL=2020-01-31T09:00:00+01:00', '250 2.1.0'],
    [
      'a hold too long',
      'MAIL FROM:<a@example.org> HOLDFOR=31622401',
      '501 5.5.4 HOLDFOR takes up to 31622400',
    ],
    ['a hold until next century', 'MAIL FROM:<a@example.org> HOLDUNTIL=2199-01-01T00:00:00Z', '501 5.5.4'],
    [
      'a hold until no time',
      'MAIL FROM:<a@example.org> HOLDUNTIL=tomorrow',
      '501 5.5.4 HOLDUNTIL takes a time',
    ],
    [
      'both ways to hold',
      'MAIL FROM:<a@example.org> HOLDUNTIL=2020-01-31T09:00:00Z HOLDFOR=1',
      '501 5.5.4 HOLDFOR and HOLDUNTIL exclude each other',
    ],
    ['a time to arrive by', 'MAIL FROM:<a@example.org> BY=120;R', '250 2.1.0'],
    ['a time to be told by', 'MAIL FROM:<a@example.org> by=-5;nt', '250 2.1.0'],
    [
      'a time too short to be returned',
      'MAIL FROM:<a@example.org> BY=59;R',
      '501 5.5.4 BY with R takes at least 60',
    ],
    ['a time without a mode', 'MAIL FROM:<a@example.org> BY=120', '501 5.5.4 BY takes seconds and R or N'],
    ['a time of ten digits', 'MAIL FROM:<a@example.org> BY=1000000000;N', '501 5.5.4'],
    [
      'a hold that outlasts the time to arrive by',
      'MAIL FROM:<a@example.org> HOLDFOR=600 BY=600;R',
      '501 5.5.4 The message would be returned before',
    ],
    ['a hold that outlasts the time to be told by', 'MAIL FROM:<a@example.org> HOLDFOR=600 BY=600;N', '250'],
    ['a priority', 'MAIL FROM:<a@example.org> MT-PRIORITY=-9', '250 2.1.0'],
    ['a priority out of range', 'MAIL FROM:<a@example.org> MT-PRIORITY=10', '501 5.5.4 MT-PRIORITY takes'],
    ['a priority with a plus', 'MAIL FROM:<a@example.org> MT-PRIORITY=+3', '501 5.5.4'],
    ['a priority without a value', 'MAIL FROM:<a@example.org> MT-PRIORITY', '501 5.5.4'],
    ['an AUTH parameter', 'MAIL FROM:<a@example.org> AUTH=<>', '250 2.1.0'],
    [
      'an unknown domain',
      'MAIL FROM:<a@nobody.test>',
      '550 5.7.1 <a@nobody.test>: nobody.test is not a domain',
    ],
    ['a long local part', `MAIL FROM:<${'x'.repeat(80)}@example.org>`, '250 2.1.0'],
    ['a trailing dot', 'MAIL FROM:<a@example.org.>', '250 2.1.0'],
    ['no colon', 'MAIL a@example.org', '501 5.5.4'],
    ['no path', 'MAIL FROM:', '553 5.1.7'],
    ['no domain', 'MAIL FROM:<a>', '553 5.1.7'],
    ['two at signs', 'MAIL FROM:<a@b@example.org>', '553 5.1.7'],
    ['an open bracket', 'MAIL FROM:<a@example.org', '553 5.1.7'],
    ['a space in the address', 'MAIL FROM:<a b@example.org>', '553 5.1.7'],
    ['a parameter that is glued on', 'MAIL FROM:<a@example.org>SIZE=1', '501 5.5.4'],
    [
      'an unknown parameter',
      'MAIL FROM:<a@example.org> FOO=1',
      '555 5.5.4 MAIL does not know the parameter FOO',
    ],
    ['REQUIRETLS, which is not offered', 'MAIL FROM:<a@example.org> REQUIRETLS', '555 5.5.4'],
    ['a parameter twice', 'MAIL FROM:<a@example.org> SIZE=1 SIZE=2', '501 5.5.4'],
    ['a SIZE that is no number', 'MAIL FROM:<a@example.org> SIZE=much', '501 5.5.4'],
    ['BODY=BINARYMIME', 'MAIL FROM:<a@example.org> BODY=BINARYMIME', '501 5.5.4'],
    ['a SMTPUTF8 with a value', 'MAIL FROM:<a@example.org> SMTPUTF8=1', '501 5.5.4'],
    ['a control character in ENVID', 'MAIL FROM:<a@example.org> ENVID=a+0D+0Ab', '501 5.5.4'],
    ['a SIZE over the limit', 'MAIL FROM:<a@example.org> SIZE=1000001', '552 5.3.4'],
    ['UTF-8 without SMTPUTF8', 'MAIL FROM:<ä@example.org>', '553 5.6.7'],
    ['UTF-8 with SMTPUTF8', 'MAIL FROM:<ä@example.org> SMTPUTF8', '250 2.1.0'],
  ])('with %s', async (_name, line, reply) => {
    await playLoggedIn([Buffer.from(`${line}\r\n`), `S: ${reply}`]);
  });

  it('in Latin-1 is refused', async () => {
    await playLoggedIn([Buffer.from('MAIL FROM:<\xe4@example.org>\r\n', 'latin1'), 'S: 501 5.5.2']);
  });

  it('twice is refused and leaves the first', async () => {
    await playLoggedIn([MAIL, 'S: 250', MAIL, 'S: 503 5.5.1', 'C: RCPT TO:<b@example.net>', 'S: 250']);
  });

  it('from an unverified domain names the command that verifies it', async () => {
    relay.directory.domains.push(domain('new.test', { verifiedAtMs: undefined }));
    await playLoggedIn([
      'C: MAIL FROM:<a@new.test>',
      'S: 550 5.7.1 <a@new.test>: new.test is not verified yet; fix: relayctl domain verify new.test',
    ]);
  });

  it('from any domain is taken when none needs to be verified', async () => {
    const open = await startFixture({ config: { requireVerifiedDomain: false } });
    await playLoggedIn(['C: MAIL FROM:<a@nobody.test>', 'S: 250 2.1.0'], open);
    await open.stop();
  });

  it('over the rate limit is 451 with the seconds to wait', async () => {
    relay.directory.credentials[0] = credential({ ratePerMinute: 1 });
    const wire = await loggedIn();
    expect(await wire.message('a@example.org', ['b@example.net'], MESSAGE)).toMatch(/^250/);
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(
      /^451 4\.7\.1 Rate limit of 1 messages a minute reached, try again in (?:60|59) seconds$/,
    );
    wire.destroy();
  });
});

describe('RCPT', () => {
  it.each([
    ['an address', 'RCPT TO:<b@example.net>', '250 2.1.5'],
    ['a quoted local part with spaces and brackets', 'RCPT TO:<"b > c"@example.net>', '250 2.1.5'],
    ['an address literal', 'RCPT TO:<b@[192.0.2.1]>', '250 2.1.5'],
    ['an IPv6 address literal', 'RCPT TO:<b@[IPv6:2001:db8::1]>', '250 2.1.5'],
    [
      'DSN parameters',
      'RCPT TO:<b@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b+2Bx@example.net',
      '250 2.1.5',
    ],
    ['the null path', 'RCPT TO:<>', '553 5.1.3'],
    ['no domain', 'RCPT TO:<b>', '553 5.1.3'],
    ['two dots', 'RCPT TO:<b..c@example.net>', '553 5.1.3'],
    ['a trailing dot', 'RCPT TO:<b.@example.net>', '553 5.1.3'],
    ['a bad domain', 'RCPT TO:<b@exa_mple!.net>', '553 5.1.3'],
    ['a bare IPv4 address', 'RCPT TO:<b@192.0.2.1>', '553 5.1.3'],
    ['an open quote', 'RCPT TO:<"b@example.net>', '553 5.1.3'],
    ['postmaster, whom nobody is', 'RCPT TO:<Postmaster>', '550 5.1.1 <postmaster>: nobody takes mail'],
    ['more than a path has', `RCPT TO:<${'x'.repeat(243)}@example.net>`, '553 5.1.3'],
    ['no colon', 'RCPT b@example.net', '501 5.5.4'],
    ['NOTIFY=NEVER with another', 'RCPT TO:<b@example.net> NOTIFY=NEVER,DELAY', '501 5.5.4'],
    ['an unknown NOTIFY', 'RCPT TO:<b@example.net> NOTIFY=MAYBE', '501 5.5.4'],
    ['an ORCPT without a type', 'RCPT TO:<b@example.net> ORCPT=b@example.net', '501 5.5.4'],
    ['an unknown parameter', 'RCPT TO:<b@example.net> FOO', '555 5.5.4'],
    ['UTF-8 without SMTPUTF8', 'RCPT TO:<ö@example.net>', '553 5.6.7'],
    ['a U-label without SMTPUTF8', 'RCPT TO:<b@bücher.example>', '553 5.6.7'],
  ])('with %s', async (_name, line, reply) => {
    await playLoggedIn([MAIL, 'S: 250', Buffer.from(`${line}\r\n`), `S: ${reply}`]);
  });

  it('before MAIL is out of order', async () => {
    await playLoggedIn(['C: RCPT TO:<b@example.net>', 'S: 503 5.5.1']);
  });

  it('for more than the limit is 452, for a repeated address not', async () => {
    const steps: Step[] = [MAIL, 'S: 250'];
    for (let count = 1; count <= 5; count++) steps.push(`C: RCPT TO:<b${count}@example.net>`, 'S: 250');
    steps.push('C: RCPT TO:<b6@example.net>', 'S: 452 4.5.3', 'C: RCPT TO:<B5@Example.NET>', 'S: 250');
    await playLoggedIn(steps);
  });

  it('over the daily quota is 452', async () => {
    relay.directory.credentials[0] = credential({ dailyQuota: 3 });
    const wire = await loggedIn();
    expect(await wire.message('a@example.org', ['b@example.net', 'c@example.net'], MESSAGE)).toMatch(/^250/);
    await wire.command('MAIL FROM:<a@example.org>');
    expect(await wire.command('RCPT TO:<b@example.net>')).toMatch(/^250/);
    expect(await wire.command('RCPT TO:<c@example.net>')).toMatch(
      /^452 4\.7\.1 Daily quota of 3 recipients used up, try again in \d+ seconds$/,
    );
    wire.destroy();
  });

  it('keeps the daily quota over a restart where the store counts', async () => {
    const restarted = await startFixture({
      usageReader: { ...NOTHING_COUNTED, recipientsOfDay: async () => 3 },
    });
    restarted.directory.credentials[0] = credential({ dailyQuota: 3 });
    await playLoggedIn([MAIL, 'S: 250', 'C: RCPT TO:<b@example.net>', 'S: 452 4.7.1'], restarted);
    await restarted.stop();
  });

  it('over the storage of the account is 452 at MAIL with SIZE or after the content, until content is removed', async () => {
    let octets = 9_995;
    const full = await startFixture({
      usageReader: { ...NOTHING_COUNTED, storageOf: async () => ({ octets, isComplete: true }) },
    });
    full.directory.credentials[0] = credential({ accountStorageBytes: 10_000 });
    const refusal = /^452 4\.3\.1 Storage limit of 10000 octets .*relayctl account change \S+ --storage SIZE/;
    const wire = await loggedIn(full);
    expect(await wire.command('MAIL FROM:<a@example.org> SIZE=6')).toMatch(refusal);
    expect(await wire.message('a@example.org', ['b@example.net'], MESSAGE)).toMatch(refusal);
    octets = 0;
    const after = await loggedIn(full);
    expect(await after.command('MAIL FROM:<a@example.org> SIZE=6')).toMatch(/^250/);
    expect(await after.command('RSET')).toMatch(/^250/);
    expect(await after.message('a@example.org', ['b@example.net'], MESSAGE)).toMatch(/^250/);
    wire.destroy();
    after.destroy();
    await full.stop();
  });

  it('to a suppressed address is refused only when configured so', async () => {
    const strict = await startFixture({ config: { suppressedRecipients: 'reject' } });
    const suppression = { address: 'b@example.net', scope: '', reason: 'unknown-address' as const };
    for (const one of [relay, strict]) one.directory.suppressions.push(suppression);
    strict.directory.suppressions.push({ ...suppression, address: 'c@example.net', scope: 'transactional' });
    const line = 'C: RCPT TO:<B@Example.net>';
    await playLoggedIn([MAIL, 'S: 250', line, 'S: 250']);
    await playLoggedIn(
      [
        MAIL,
        'S: 250',
        line,
        'S: 550 5.7.1 <B@example.net> is suppressed (unknown-address); fix: relayctl suppression remove B@example.net',
        'C: RCPT TO:<c@example.net>',
        'S: 550 5.7.1 <c@example.net> is suppressed (unknown-address); fix: relayctl suppression remove c@example.net --stream transactional',
      ],
      strict,
    );
    await strict.stop();
  });

  it('to a domain with a null MX is 556, if the look-up is quick', async () => {
    const never = new Promise<boolean>(() => undefined);
    const asked: string[] = [];
    const checking = await startFixture({
      checkNullMx: (name) => {
        asked.push(name);
        if (name === 'slow.test') return never;
        if (name === 'broken.test') return Promise.reject(new Error('no resolver'));
        return Promise.resolve(name === 'null.test');
      },
    });
    await playLoggedIn(
      [
        MAIL,
        'S: 250',
        'C: RCPT TO:<b@null.test>',
        'S: 556 5.1.10 <b@null.test>: null.test takes no mail (null MX)',
        'C: RCPT TO:<c@null.test>',
        'S: 556 5.1.10',
        'C: RCPT TO:<b@slow.test>',
        'S: 250',
        'C: RCPT TO:<b@broken.test>',
        'S: 250',
        'C: RCPT TO:<b@example.net>',
        'S: 250',
        'C: RCPT TO:<b@[192.0.2.1]>',
        'S: 250',
      ],
      checking,
    );
    expect(asked).toEqual(['null.test', 'slow.test', 'broken.test', 'example.net']);
    await checking.stop();
  });
});

describe('what the envelope says of time and rank', () => {
  const send = async (mail: string, message = MESSAGE) => {
    const wire = await loggedIn();
    expect(await wire.command(`MAIL FROM:<a@example.org>${mail}`)).toMatch(/^250/);
    expect(await wire.command('RCPT TO:<b@example.net>')).toMatch(/^250/);
    await wire.command('DATA');
    wire.send(`${message}.\r\n`);
    return wire.reply();
  };
  const headerOf = () => {
    const { content } = relay.spool.last;
    return content.kind === 'whole' ? Buffer.from(content.bytes).toString().split('\r\n\r\n')[0] : '';
  };

  it('is kept with the message', async () => {
    expect(await send(' HOLDFOR=3600 BY=7200;RT MT-PRIORITY=-2')).toMatch(/^250/);
    const { facts, bulk } = relay.spool.last;
    const { acceptedAtMs, sendAtMs = 0, deliverBy, expiresAtMs, priority } = facts;
    expect(sendAtMs - acceptedAtMs).toBeGreaterThan(3_590_000);
    expect(deliverBy).toMatchObject({ mode: 'return', trace: true });
    expect((deliverBy?.atMs ?? 0) - acceptedAtMs).toBeGreaterThan(7_190_000);
    expect(expiresAtMs).toBe(deliverBy?.atMs);
    expect({ priority, bulk }).toEqual({ priority: -2, bulk: true });
    expect(headerOf()).toMatch(/^Received: .*\r\n(?:\t.*\r\n)*\tPRIORITY -2;\r\n/);
    expect(headerOf()).toContain('\r\nMT-Priority: -2\r\n');
  });

  it('is not taken from the message itself', async () => {
    expect(await send('', `MT-Priority: 9\r\n${MESSAGE}`)).toMatch(/^250/);
    const { facts, bulk } = relay.spool.last;
    expect([facts.priority, facts.deliverBy, facts.sendAtMs, bulk]).toEqual(Array(4).fill(undefined));
    expect(headerOf()).not.toMatch(/priority/i);
  });

  it.each([
    [' HOLDFOR=60', 'X-Relay-Send-At excludes HOLDFOR and HOLDUNTIL'],
    [' BY=120;R', 'the message would be returned unsent'],
  ])('that contradicts X-Relay-Send-At is refused:%s', async (mail, words) => {
    const later = new Date(systemClock.now() + 86_400_000).toISOString();
    expect(await send(mail, `X-Relay-Send-At: ${later}\r\n${MESSAGE}`)).toMatch(
      new RegExp(`^554 5\\.6\\.0 .*${words}`),
    );
  });

  it('makes mail of a broadcast stream bulk, whatever its priority', async () => {
    expect(await send(' MT-PRIORITY=9', `X-Relay-Stream: broadcast\r\n${MESSAGE}`)).toMatch(/^250/);
    expect(relay.spool.last.bulk).toBe(true);
  });
});

describe('the envelope that is stored', () => {
  it('holds A-labels, DSN parameters by recipient, and each recipient once', async () => {
    const wire = await loggedIn();
    for (const line of [
      'MAIL FROM:<"quoted x"@example.org> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=order+2B7',
      'RCPT TO:<b@bücher.example> NOTIFY=NEVER',
      'RCPT TO:<b@xn--bcher-kva.example> NOTIFY=FAILURE,SUCCESS ORCPT=rfc822;list+40example.net',
      'RCPT TO:<ö@example.net> ORCPT=utf-8;ö@example.net',
      'RCPT TO:<@route.test:c@EXAMPLE.net>',
    ]) {
      wire.send(Buffer.from(`${line}\r\n`));
      expect(await wire.reply()).toMatch(/^250/);
    }
    await wire.command('DATA');
    wire.send(`${MESSAGE}.\r\n`);
    expect(await wire.reply()).toMatch(/^250 2\.0\.0 Ok: queued as msg_[0-9a-z]{26}$/);
    const { facts, deliveries } = relay.spool.last;
    expect(facts).toMatchObject({
      reversePath: '"quoted x"@example.org',
      bodyType: '8bitmime',
      smtpUtf8: true,
      dsnReturn: 'hdrs',
      envelopeId: 'order+7',
    });
    expect(deliveries).toEqual([
      {
        recipient: 'b@xn--bcher-kva.example',
        destination: 'xn--bcher-kva.example',
        notify: ['success', 'failure'],
        originalRecipient: 'rfc822;list@example.net',
        suppressedBy: undefined,
      },
      {
        recipient: 'ö@example.net',
        destination: 'example.net',
        notify: undefined,
        originalRecipient: 'utf-8;ö@example.net',
        suppressedBy: undefined,
      },
      {
        recipient: 'c@example.net',
        destination: 'example.net',
        notify: undefined,
        originalRecipient: undefined,
        suppressedBy: undefined,
      },
    ]);
    wire.destroy();
  });
});

describe('DATA', () => {
  it.each<[string, Step[]]>([
    ['before MAIL', ['C: DATA', 'S: 503 5.5.1']],
    ['before RCPT', [MAIL, 'S: 250', 'C: DATA', 'S: 554 5.5.1 No valid recipients']],
    [
      'after RSET',
      [MAIL, 'S: 250', 'C: RCPT TO:<b@example.net>', 'S: 250', 'C: RSET', 'S: 250', 'C: DATA', 'S: 503'],
    ],
    [
      'after EHLO',
      [MAIL, 'S: 250', 'C: RCPT TO:<b@example.net>', 'S: 250', 'C: EHLO a', 'S: 250', 'C: DATA', 'S: 503'],
    ],
  ])('%s is out of order', async (_name, steps) => {
    await playLoggedIn(steps);
  });

  it('takes a transaction that is pipelined, and the next behind it', async () => {
    await playLoggedIn([
      MAIL,
      'C: RCPT TO:<b@example.net>',
      'C: RCPT TO:<nobody>',
      'C: DATA',
      'S: 250 2.1.0',
      'S: 250 2.1.5',
      'S: 553 5.1.3',
      'S: 354',
      Buffer.from(`${MESSAGE}.\r\nMAIL FROM:<>\r\nRCPT TO:<c@example.net>\r\nDATA\r\n`),
      'S: 250 2.0.0',
      'S: 250 2.1.0',
      'S: 250 2.1.5',
      'S: 354',
      Buffer.from(`${MESSAGE}.\r\nQUIT\r\n`),
      'S: 250 2.0.0',
      'S: 221',
      '> closed',
    ]);
    expect(relay.spool.accepted.map(({ facts }) => facts.reversePath)).toEqual(['a@example.org', '']);
  });

  it('asks for nothing when every pipelined recipient was refused', async () => {
    await playLoggedIn([
      MAIL,
      'C: RCPT TO:<nobody>',
      'C: DATA',
      'S: 250',
      'S: 553',
      'S: 554 5.5.1',
      'C: RSET',
      'S: 250',
    ]);
  });
});

describe('a recipient as people and software write it', () => {
  it.each([
    ['a trailing dot', 'b@example.net.', 'b@example.net'],
    ['a local part of 80 octets', `${'x'.repeat(80)}@example.net`, `${'x'.repeat(80)}@example.net`],
    ['as much as a path has', `${'x'.repeat(242)}@example.net`, `${'x'.repeat(242)}@example.net`],
    ['dots one after the other at docomo', 'try..this@docomo.ne.jp', 'try..this@docomo.ne.jp'],
    ['a dot before the at sign at au', 'end.@ezweb.ne.jp', 'end.@ezweb.ne.jp'],
    ['the same in quotes', '"end."@ezweb.ne.jp', '"end."@ezweb.ne.jp'],
  ])('is taken with %s', async (_what, written, stored) => {
    const wire = await loggedIn();
    expect(await wire.message('a@example.org', [written], MESSAGE)).toMatch(/^250/);
    expect(relay.spool.last.deliveries.map(({ recipient }) => recipient)).toEqual([stored]);
    wire.destroy();
  });

  it.each(['postmaster', 'Postmaster', 'POSTMASTER'])('may be <%s> on both ports', async (written) => {
    const postmaster = { localPart: 'ops', domain: 'example.net' };
    await using stack = new AsyncDisposableStack();
    const on = await startFixture({ postmaster });
    stack.defer(() => on.stop());
    for (const [port, implicitTls] of [
      [on.tlsPort, true],
      [on.port, false],
    ] as const) {
      const wire = await Wire.open(port, { implicitTls });
      await wire.reply();
      if (implicitTls) await wire.login();
      else {
        on.directory.credentials.push(networkCredential());
        await wire.command('EHLO client.test');
      }
      expect(await wire.message('a@example.org', [written], MESSAGE)).toMatch(/^250/);
      expect(on.spool.last.deliveries.map(({ recipient }) => recipient)).toEqual(['ops@example.net']);
      wire.destroy();
    }
  });
});

describe('many commands without a message', () => {
  const refused = ['MAIL FROM:<a@example.org>', 'RCPT TO:<a..b@example.net>', 'RSET'];
  it.each([
    ['NOOP', ['NOOP']],
    ['RSET', ['RSET']],
    ['refused recipients', refused],
  ])('%s: a thousand do not end a session that logged in', async (_what, commands) => {
    const wire = await loggedIn();
    for (let round = 0; round < 1_000; round++)
      for (const command of commands) expect(await wire.command(command)).not.toMatch(/^421/);
    expect(await wire.message('a@example.org', ['b@example.net'], MESSAGE)).toMatch(/^250/);
    wire.destroy();
  });

  it('a hundred end the session of a stranger', async () => {
    const wire = await Wire.open(relay.port);
    await wire.reply();
    await wire.command('EHLO client.test');
    for (let round = 0; round < 99; round++) expect(await wire.command('NOOP')).toMatch(/^250/);
    expect(await wire.command('NOOP')).toMatch(/^421 4\.7\.0 relay\.test Too many commands/);
    await wire.closed();
  });
});
