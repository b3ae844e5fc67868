import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { play, Wire } from './support/dialogue.ts';
import { startFixture, type Fixture } from './support/submission-fixture.ts';

describe('the greeting and what follows it', () => {
  let relay: Fixture;
  beforeAll(async () => {
    relay = await startFixture();
  });
  afterAll(() => relay.stop());

  it('names the host and comes at once', async () => {
    // The library greets after a time of 100 ms, which does not pass here.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const wire = await Wire.open(relay.port);
      expect(await wire.reply()).toBe('220 relay.test ESMTP');
      wire.destroy();
    } finally {
      vi.useRealTimers();
    }
  });

  it('answers EHLO with the host name only, and no AUTH before TLS', async () => {
    const wire = await Wire.open(relay.port);
    await wire.reply();
    const offered = await wire.command('EHLO client.test');
    const until = /FUTURERELEASE 31622400 (20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ)/.exec(offered)?.[1] ?? '';
    expect(Math.abs(Date.parse(until) - systemClock.now() - 366 * 86_400_000)).toBeLessThan(60_000);
    expect(offered).toBe(
      [
        '250-relay.test',
        '250-PIPELINING',
        '250-SIZE 1000000',
        '250-8BITMIME',
        '250-SMTPUTF8',
        '250-ENHANCEDSTATUSCODES',
        '250-DSN',
        `250-FUTURERELEASE 31622400 ${until}`,
        '250-DELIVERBY 60',
        '250-MT-PRIORITY MIXER',
        '250-LIMITS RCPTMAX=5',
        '250 STARTTLS',
      ].join('\n'),
    );
    wire.destroy();
  });

  it('offers AUTH PLAIN LOGIN and no STARTTLS after TLS', async () => {
    const wire = await Wire.open(relay.tlsPort, { implicitTls: true });
    await wire.reply();
    const offered = await wire.command('EHLO client.test');
    expect(offered).toContain('250 AUTH PLAIN LOGIN');
    expect(offered).not.toContain('STARTTLS');
    expect(offered).not.toContain('REQUIRETLS');
    wire.destroy();
  });

  it.each([
    ['HELO', ['S: 220', 'C: HELO client.test', 'S: 250 relay.test']],
    ['EHLO without a name', ['S: 220', 'C: EHLO', 'S: 501 5.5.4']],
    ['EHLO with blanks alone', ['S: 220', 'C: EHLO  ', 'S: 501 5.5.4', 'C: HELO ', 'S: 501 5.5.4']],
    ['EHLO with two names', ['S: 220', 'C: EHLO My PC', 'S: 250', 'C: EHLO name extra', 'S: 250']],
    ['HELO with two names', ['S: 220', 'C: HELO My PC', 'S: 250']],
    ['an unknown command', ['S: 220', 'C: FROBNICATE', 'S: 500 5.5.2']],
    ['a command named like an entry of the code table', ['S: 220', 'C: DATA_OK', 'S: 500 5.5.2']],
    ['NOOP', ['S: 220', 'C: NOOP', 'S: 250 2.0.0']],
    ['RSET', ['S: 220', 'C: RSET', 'S: 250 2.0.0']],
    ['HELP', ['S: 220', 'C: HELP', 'S: 214 2.0.0 EHLO HELO']],
    ['VRFY', ['S: 220', 'C: VRFY postmaster', 'S: 252 2.0.0 Cannot VRFY']],
    ['EXPN', ['S: 220', 'C: EXPN staff', 'S: 502 5.5.1']],
    ['QUIT', ['S: 220', 'C: QUIT', 'S: 221 2.0.0', '> closed']],
    ['WIZ', ['S: 220', 'C: WIZ please', 'S: 500 5.5.2']],
    ['SHELL', ['S: 220', 'C: SHELL', 'S: 500 5.5.2']],
    ['KILL', ['S: 220', 'C: KILL mom', 'S: 500 5.5.2']],
    ['XCLIENT', ['S: 220', 'C: EHLO a', 'S: 250', 'C: XCLIENT ADDR=192.0.2.1', 'S: 500 5.5.2']],
    ['XFORWARD', ['S: 220', 'C: EHLO a', 'S: 250', 'C: XFORWARD ADDR=192.0.2.1', 'S: 500 5.5.2']],
    ['LHLO', ['S: 220', 'C: LHLO a', 'S: 500 5.5.2']],
    ['MAIL before EHLO', ['S: 220', 'C: MAIL FROM:<a@example.org>', 'S: 503 5.5.1']],
    ['a web page that posts here', ['S: 220', 'C: POST / HTTP/1.1', 'S: 421 4.7.0 relay.test', '> closed']],
  ])('%s', async (_name, dialogue) => {
    await play(relay.port, dialogue);
  });

  it.each([
    ['whole commands', 'EHLO spammer.test\r\nMAIL FROM:<a@example.org>\r\n'],
    ['half a command', 'EH'],
  ])('sends away a client that sends %s before the greeting', async (_name, tooEarly) => {
    const wire = await Wire.open(relay.port, { sendAtOnce: tooEarly });
    expect(await wire.reply()).toMatch(/^421 4\.7\.0 relay\.test /);
    await wire.closed();
  });

  it('sends away a client that gets nowhere', async () => {
    const wire = await Wire.open(relay.port);
    await wire.reply();
    let said = '';
    for (let count = 0; count < 200 && !said.startsWith('421'); count++) said = await wire.command('NOOP');
    expect(said).toMatch(/^421 4\.7\.0 relay\.test /);
    await wire.closed();
  });
});
