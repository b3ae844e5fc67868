/** What an operator revokes with relayctl while its messages are on their way is refused by the running relay. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { slowRequest } from '../security/support/slow-request.ts';
import { SmtpTalk, type Login } from './support/smtp-talk.ts';
import { Stage } from './support/stage.ts';

const FROM = 'shop@sender.test';
const CONTENT = `From: ${FROM}\r\nSubject: x\r\n\r\nbody\r\n`;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start({ config: { http: { listen: ['127.0.0.1:0'] } } });
});
afterAll(() => stage[Symbol.asyncDispose]());

async function add(name: string): Promise<Login & { readonly id: string }> {
  return await stage.relay.ctl('credential', 'add', '--kind', 'smtp', '--name', name);
}

it.each(['revoke', 'rotate'])(
  'sessions end with 421 after relayctl credential %s, and nothing is sent',
  async (verb) => {
    const credential = await add(`${verb}d`);
    const to = `${verb}@recipient.test`;
    const session = () => SmtpTalk.session({ port: stage.relay.port, login: credential });
    const [idle, begun, halfway] = [await session(), await session(), await session()];
    await begun.ok(250, `MAIL FROM:<${FROM}>`);
    await halfway.ok(250, `MAIL FROM:<${FROM}>`);
    await halfway.ok(250, `RCPT TO:<${to}>`);
    await halfway.ok(354, 'DATA');
    halfway.write(CONTENT);
    await stage.relay.ctl('credential', verb, credential.id, '--yes');
    // Its end may come before the session's: then it is the store that says no.
    halfway.write('.\r\n');
    begun.write(`RCPT TO:<${to}>\r\nDATA\r\n${CONTENT}.\r\n`);
    const last = async (talk: SmtpTalk) => {
      for (;;) {
        const { code, text } = await talk.read();
        if (code !== 250 && code !== 354) return text;
      }
    };
    for (const talk of [idle, begun, halfway]) {
      expect(await last(talk)).toMatch(/^421 4\.7\.0 .*This credential is no longer valid/);
      await talk.closed();
    }
    expect(await stage.relay.ctlList('message', 'list')).toEqual([]);
    expect(stage.mx.deliveriesTo(to)).toBe(0);
  },
);

it('a request whose body ends after relayctl credential revoke is 401, and nothing is sent', async () => {
  const { id, key } = await stage.relay.ctl<{ id: string; key: string }>(
    ...['credential', 'add', '--kind', 'api', '--scope', 'send'],
  );
  const url = `${stage.relay.httpUrl}/v1/send`;
  const body = { from: FROM, to: 'late@recipient.test', text: 'x' };
  const answer = await slowRequest({ method: 'POST', url, key, body }, async () => {
    await stage.relay.ctl('credential', 'revoke', id, '--yes');
  });
  expect(answer.status).toBe(401);
  expect(await stage.relay.ctlList('message', 'list')).toEqual([]);
});
