/** Two accounts and one domain: the one whose DKIM records are seen first sends from it, and is signed with its own keys. */
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { verdicts } from './support/received-mail.ts';
import { SmtpTalk, UnexpectedReply, type Login, type TalkReply } from './support/smtp-talk.ts';
import { Stage, type DomainJson } from './support/stage.ts';

const NAME = 'newcorp.test';
const FROM = `shop@${NAME}`;

test('who only added a domain sends nothing from it, nor does who is verified second, until the first removes it', async () => {
  await using stage = await Stage.start();
  const { relay, dns } = stage;
  const logins = new Map<string, Login>();
  for (const account of ['squatter', 'owner']) {
    await relay.ctl('account', 'add', account);
    const login = await relay.ctl<Login>('credential', 'add', '--kind', 'smtp', '--account', account);
    logins.set(account, login);
  }
  const submit = async (account: string, to: string): Promise<TalkReply> => {
    using session = await SmtpTalk.session({ port: relay.port, login: logins.get(account)! });
    try {
      return await session.submit({ from: FROM, to, content: `From: ${FROM}\r\n\r\nHello\r\n` });
    } catch (error) {
      if (error instanceof UnexpectedReply) return error.reply;
      throw error;
    }
  };
  const signedFor = async (to: string) =>
    (await verdicts((await stage.received(to)).content, dns.zone)).map(({ result }) => result);
  const publish = ({ records }: DomainJson) => {
    for (const { purpose, name, value } of records)
      if (purpose.startsWith('dkim')) dns.zone.set(name, { txt: [value] });
  };
  const verify = (account: string) =>
    relay.ctlRaw(['domain', 'verify', NAME, '--account', account, '--json']);
  const notVerified = `550 5.7.1 <${FROM}>: ${NAME} is not verified yet; fix: relayctl domain verify ${NAME} --account squatter`;

  const claimed = await relay.ctl<DomainJson>('domain', 'add', NAME, '--account', 'squatter');
  expect((await submit('squatter', 'no@recipient.test')).text).toBe(notVerified);

  publish(await relay.ctl<DomainJson>('domain', 'add', NAME, '--account', 'owner'));
  expect(await verify('owner')).toMatchObject({ code: 0 });
  await eventually(async () => (await submit('owner', 'one@recipient.test')).code === 250);
  expect(await signedFor('one@recipient.test')).toEqual(['pass', 'pass']);
  expect((await submit('squatter', 'no@recipient.test')).text).toBe(notVerified);

  publish(claimed);
  expect((await verify('squatter')).stderr).toContain('"verified-elsewhere"');
  expect((await submit('squatter', 'no@recipient.test')).text).toBe(notVerified);

  await relay.ctl('domain', 'remove', NAME, '--account', 'owner', '--yes');
  expect((await verify('squatter')).code).toBe(0);
  await eventually(async () => (await submit('squatter', 'two@recipient.test')).code === 250);
  expect(await signedFor('two@recipient.test')).toEqual(['pass', 'pass']);
  expect((await submit('owner', 'no@recipient.test')).text).toContain(
    `${NAME} is not a domain of this account`,
  );
  expect(
    stage.mx.messages.flatMap(({ recipients }) => recipients.map(({ address }) => address)),
  ).not.toContain('no@recipient.test');
});
