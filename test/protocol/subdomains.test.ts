/** Mail from a subdomain of a verified domain: taken where `submission.subdomains` is on, and signed in the name of that domain. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DMARC_OF_SUBDOMAINS } from '../../src/dkim/dmarc.ts';
import { Wire } from './support/dialogue.ts';
import { domain, startFixture, type Fixture } from './support/submission-fixture.ts';

let relay: Fixture;
beforeEach(async () => {
  relay = await startFixture({ config: { subdomains: true } });
});
afterEach(() => relay.stop());

/** The reply to MAIL, and to the message where that was taken. */
async function send(from: string, on: Fixture = relay): Promise<string> {
  const wire = await Wire.open(on.tlsPort, { implicitTls: true });
  await wire.reply();
  expect(await wire.login()).toMatch(/^235/);
  const say = async (line: string) => {
    wire.send(`${line}\r\n`);
    return await wire.reply();
  };
  const mail = await say(`MAIL FROM:<${from}>`);
  if (!mail.startsWith('250')) return mail;
  await say('RCPT TO:<b@example.net>');
  await say('DATA');
  return await say(`From: ${from}\r\nTo: b@example.net\r\n\r\nhello\r\n.`);
}

const signing = () => relay.spool.accepted.map(({ facts }) => facts.signingDomain);

describe('a subdomain of a verified domain', () => {
  it('is not covered unless it is configured', async () => {
    await using stopped = await startFixture().then((on) => ({ on, [Symbol.asyncDispose]: () => on.stop() }));
    expect(await send('a@news.example.org', stopped.on)).toContain(
      '(example.org does not cover its subdomains)',
    );
  });

  it('sends, signed in the name of the domain above', async () => {
    expect(await send('a@news.example.org')).toMatch(/^250/);
    expect(await send('a@very.deep.news.example.org')).toMatch(/^250/);
    expect(await send('a@example.org')).toMatch(/^250/);
    expect(signing()).toEqual(['example.org', 'example.org', 'example.org']);
  });

  it('that is a domain of its own counts by itself, verified or not', async () => {
    relay.directory.domains.push(
      domain('own.example.org'),
      domain('new.example.org', { verifiedAtMs: undefined }),
    );
    expect(await send('a@own.example.org')).toMatch(/^250/);
    expect(await send('a@below.own.example.org')).toMatch(/^250/);
    expect(signing()).toEqual(['own.example.org', 'own.example.org']);
    expect(await send('a@new.example.org')).toContain('new.example.org is not verified yet');
    expect(await send('a@below.new.example.org')).toMatch(/^550 5\.7\.1/);
  });

  it('that another account holds is not covered, nor what is below it, in the words of an unknown one', async () => {
    relay.directory.domains.push(domain('theirs.example.org', { accountId: 'acc_other' }));
    for (const name of ['theirs.example.org', 'a.theirs.example.org'])
      expect(await send(`a@${name}`)).toBe(
        `550 5.7.1 <a@${name}>: ${name} is not a domain of this account (example.org does not cover its subdomains); ` +
          `fix: relayctl domain add ${name}`,
      );
  });

  it('of a domain that is not verified, or of nobody, is refused', async () => {
    relay.directory.domains.push(domain('late.test', { verifiedAtMs: undefined }));
    expect(await send('a@news.late.test')).toMatch(/^550 5\.7\.1/);
    expect(await send('a@news.nobody.test')).toMatch(/^550 5\.7\.1/);
    expect(await send('a@org')).toMatch(/^550 5\.7\.1/);
  });

  it('is refused where DMARC of the domain would fail it', async () => {
    relay.directory.domains[0] = domain('example.org', {
      recordStatus: { [DMARC_OF_SUBDOMAINS]: 'different' },
    });
    expect(await send('a@news.example.org')).toBe(
      '550 5.7.1 <a@news.example.org>: DMARC of example.org is strict (adkim=s, aspf=s), so mail from its subdomain ' +
        'news.example.org would fail it; fix: relayctl domain add news.example.org',
    );
    expect(await send('a@example.org')).toMatch(/^250/);
  });
});
