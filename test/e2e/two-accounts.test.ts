/** Two accounts on one relay that get into each other's way: with the same names, for the same domain, and while one is removed. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { SmtpTalk, type Login } from './support/smtp-talk.ts';
import { SENDER_DOMAIN, Stage } from './support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({
    config: { http: { listen: ['127.0.0.1:0'] }, submission: { require_verified_domain: false } },
  });
});
afterAll(() => stage[Symbol.asyncDispose]());

type Tenant = { readonly name: string; readonly login: Login; readonly key: string };

async function tenant(name: string): Promise<Tenant> {
  const of = ['--account', name];
  const run = <T>(...args: string[]) => stage.relay.ctl<T>(...args);
  await run('account', 'add', name);
  await run('stream', 'add', 'news', ...of);
  await run('suppression', 'add', 'gone@recipient.test', ...of);
  const login = await run<Login>('credential', 'add', '--name', 'wordpress', ...of);
  const { key } = await run<{ key: string }>('credential', 'add', '--name', 'app', '--kind', 'api', ...of);
  return { name, login, key };
}

function mail(from: string, to: string): readonly string[] {
  return [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`];
}

/** Resolves to the reply after the content. */
async function send(talk: SmtpTalk, from: string, to: string): Promise<number> {
  for (const line of mail(from, to)) await talk.ok(250, line);
  await talk.ok(354, 'DATA');
  talk.write(`From: ${from}\r\nSubject: x\r\n\r\nbody\r\n.\r\n`);
  return (await talk.read()).code;
}

const session = ({ login }: Tenant) => SmtpTalk.session({ port: stage.relay.port, login });

it('equal names are each account’s own, and a domain that is held stays with its holder', async () => {
  const [ants, bees] = [await tenant('ants'), await tenant('bees')];
  // Both add the domain that `default` has verified.
  for (const { name } of [ants, bees]) {
    await stage.relay.ctl('domain', 'add', SENDER_DOMAIN, '--account', name);
    const { verified } = await stage.relay.ctl<{ verified: boolean }>(
      ...['domain', 'show', SENDER_DOMAIN, '--account', name],
    );
    expect(verified).toBe(false);
  }
  await stage.relay.ctl('credential', 'revoke', 'wordpress', '--account', 'ants', '--yes');
  await eventually(async () => {
    const talk = await session(ants).catch(() => undefined);
    return talk === undefined;
  });
  const talk = await session(bees);
  // A domain that another account holds is not sent from, whoever else has added it.
  await talk.ok(550, `MAIL FROM:<x@${SENDER_DOMAIN}>`);
  expect(await send(talk, 'x@bees.test', 'equal@recipient.test')).toBe(250);
  await talk.ok(221, 'QUIT');
});

it('while one is removed with its mail the other sends on, and loses nothing', async () => {
  const [wasps, flies] = [await tenant('wasps'), await tenant('flies')];
  const [theirs, idle, mine] = [await session(wasps), await session(wasps), await session(flies)];
  for (let sent = 0; sent < 20; sent++)
    expect(await send(theirs, 'x@wasps.test', `defer-451-4.7.1+${sent}@recipient.test`)).toBe(250);
  const standing = { isRemoved: false };
  const removal = stage.relay
    .ctl<{ removed: boolean }>('account', 'remove', 'wasps', '--cancel-mail', '--yes')
    .finally(() => (standing.isRemoved = true));
  const accepted: string[] = [];
  for (let sent = 0; !standing.isRemoved || sent < 20; sent++) {
    const to = `fly-${sent}@recipient.test`;
    expect(await send(mine, 'x@flies.test', to)).toBe(250);
    accepted.push(to);
  }
  expect((await removal).removed).toBe(true);
  // Its sessions end within a second, its key and its login are no good.
  for (const talk of [theirs, idle]) {
    expect((await talk.read()).code).toBe(421);
    await talk.closed();
  }
  const api = await fetch(`${stage.relay.httpUrl}/v1/account`, {
    headers: { authorization: `Bearer ${wasps.key}` },
  });
  expect(api.status).toBe(401);
  await expect(session(wasps)).rejects.toThrow();
  // What was under way ends by itself, and relayd removes the last of it.
  await eventually(async () => {
    const messages = await stage.relay.ctlList<{ account: string }>('message', 'list', '--limit', '500');
    return messages.every(({ account }) => account === 'flies' || account === 'bees');
  });
  await eventually(() => accepted.every((to) => stage.mx.deliveriesTo(to) === 1));
  // Its name is free.
  const again = await tenant('wasps');
  const talk = await session(again);
  expect(await send(talk, 'x@wasps.test', 'again@recipient.test')).toBe(250);
  await eventually(() => stage.mx.deliveriesTo('again@recipient.test') === 1);
});
