/**
 * One mailbox has many spellings: a suppression holds for all of them, whichever way mail comes in, and who may send from
 * one address may not send from one that only looks or folds like it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiTalk, type ApiErrorBody } from '../e2e/support/api-talk.ts';
import { SmtpTalk, type Login } from '../e2e/support/smtp-talk.ts';
import { Stage, type SuppressionJson } from '../e2e/support/stage.ts';

const FROM = 'app@sender.test';
const CONTENT = `From: <${FROM}>\r\nSubject: hello\r\n\r\nbody\r\n`;

/** Of `stop@recipient.test`; those beyond ASCII need SMTPUTF8. */
const SPELLINGS = [
  'stop@recipient.test',
  'STOP@Recipient.TEST',
  '"stop"@recipient.test',
  String.raw`"st\op"@recipient.test`,
  String.raw`"\S\T\O\P"@RECIPIENT.test`,
  'ｓtop@recipient.test',
  '"ＳＴＯＰ"@recipient.test',
  'ſtop@recipient.test',
  'st\u00adop@recipient.test',
  'sto\u200dp@recipient.test',
  'stop@ｒecipient.test',
  'stop@recipient。test',
];
/** To be taken off before anything is looked up. RFC 5321 appendix C. */
const ROUTES = ['@a.test,@b.test:stop@recipient.test', '@a.test:"stop"@recipient.test'];
/** Mailboxes of their own. The last has a letter of another alphabet. */
const OTHERS = [
  'stop+tag@recipient.test',
  's.top@recipient.test',
  '"go"@recipient.test',
  'stoр@recipient.test',
];
/** Suppressed after its first attempt. */
const AT_LATER = String.raw`"la\ter"@recipient.test`;

/** Accepts suppressed recipients. */
let stage: Stage;
let api: ApiTalk;
let talk: SmtpTalk;

beforeAll(async () => {
  stage = await Stage.start({
    config: { http: { listen: ['127.0.0.1:0'] }, delivery: { retry_schedule: ['1s'] } },
    mx: {
      respond: (command) => (/^RCPT .*la\\?ter/i.test(command) ? '451 4.7.1 later' : undefined),
    },
  });
  // The stored spelling is not the plain one either.
  await stage.relay.ctl('suppression', 'add', '"Stop"@recipient.test');
  await stage.relay.ctl('suppression', 'add', 'ｏff@bücher.test');
  api = await ApiTalk.withKey(stage.relay, '--scope', 'admin');
  talk = await stage.session();
});
afterAll(async () => {
  talk[Symbol.dispose]();
  await stage[Symbol.asyncDispose]();
});

/** As the message was accepted, or any time after. */
async function statesOf(id: string): Promise<string[]> {
  const { body } = await api.call<{ deliveries: { state: string }[] }>('GET', `/v1/messages/${id}`);
  return body.deliveries.map(({ state }) => state);
}

async function settledStatesOf(id: string): Promise<string[]> {
  return (await stage.settled(id)).deliveries.map(({ state }) => state);
}

/** Recipients that the MX was asked to take, but for those that it may be. */
function mailed(): readonly string[] {
  const recipients = stage.mx.commands.flatMap((line) => /^RCPT TO:<(.*)>/i.exec(line)?.[1] ?? []);
  return recipients.filter((recipient) => ![...OTHERS, AT_LATER, 'fine@recipient.test'].includes(recipient));
}

describe('a suppressed address is not mailed', () => {
  it.each([...SPELLINGS, ...ROUTES, 'OFF@xn--bcher-kva.test', 'off@BÜCHER.test', '"off"@bu\u0308cher.test'])(
    'over SMTP, written %j',
    async (to) => {
      const id = await talk.submitForId({ from: FROM, to, content: CONTENT, mailParameters: 'SMTPUTF8' });
      expect(await statesOf(id)).toEqual(['suppressed']);
      expect(mailed()).toEqual([]);
    },
  );

  it.each(['to', 'cc', 'bcc'])('over HTTP in %s, however it is written', async (field) => {
    for (const spelling of SPELLINGS) {
      const others = field === 'to' ? {} : { to: 'off@bücher.test' };
      const request = { from: FROM, subject: 'hello', text: 'hello', ...others, [field]: [spelling] };
      const { status, body } = await api.post<{ id: string }>('/v1/send', request);
      expect(status).toBe(200);
      for (const state of await statesOf(body.id)) expect(state).toBe('suppressed');
    }
    expect(mailed()).toEqual([]);
  });

  it('with a template, over HTTP and over SMTP', async () => {
    await api.post('/v1/templates', { name: 'note', subject: 'hello', text: 'hello' });
    const sent = await api.post<{ id: string }>('/v1/send', {
      from: FROM,
      to: '"stop"@recipient.test',
      template: 'note',
    });
    expect(await statesOf(sent.body.id)).toEqual(['suppressed']);
    const content = `From: <${FROM}>\r\nX-Relay-Template: note\r\n\r\n`;
    const id = await talk.submitForId({ from: FROM, to: '"stop"@recipient.test', content });
    expect(await statesOf(id)).toEqual(['suppressed']);
    expect(mailed()).toEqual([]);
  });

  it('when it is suppressed between two attempts, in another spelling', async () => {
    const id = await talk.submitForId({ from: FROM, to: AT_LATER, content: CONTENT });
    await stage.messageWhere(id, 'a first attempt', ({ deliveries }) => deliveries[0]?.state === 'deferred');
    await stage.relay.ctl('suppression', 'add', 'LATER@recipient.test');
    expect(await settledStatesOf(id)).toEqual(['suppressed']);
  });

  it('and another mailbox, however alike, is', async () => {
    const id = await talk.submitForId({
      from: FROM,
      to: OTHERS,
      content: CONTENT,
      mailParameters: 'SMTPUTF8',
    });
    expect(await settledStatesOf(id)).toEqual(OTHERS.map(() => 'delivered'));
    expect(mailed()).toEqual([]);
  });
});

describe('a suppression is found by any spelling', () => {
  it('by relayctl', async () => {
    const listed = await stage.relay.ctlList<SuppressionJson>('suppression', 'list');
    expect(listed.map(({ address }) => address)).toEqual(
      expect.arrayContaining(['off@xn--bcher-kva.test', 'stop@recipient.test']),
    );
    for (const spelling of ['ＳTOP@recipient.test', String.raw`"st\op"@recipient.test`])
      expect(await stage.relay.ctl('suppression', 'check', spelling)).toMatchObject({
        suppressed: true,
        address: 'stop@recipient.test',
      });
  });

  it.each(SPELLINGS)('by the API, %j', async (spelling) => {
    const path = `/v1/suppressions/${encodeURIComponent(spelling)}`;
    expect((await api.call('GET', path)).body).toMatchObject({
      suppressed: true,
      suppression: { address: 'stop@recipient.test' },
    });
  });

  it.each(['ｕser@r.test', '"a@b"@c.test', String.raw`"a\"b \\"@c.test`, `${'\ufdfa'.repeat(21)}@c.test`])(
    'and the address that is shown works where an address is asked for: %s',
    async (address) => {
      const added = await api.post<SuppressionJson>('/v1/suppressions', { address });
      expect(added.status).toBe(201);
      const shown = added.body.address;
      const path = `/v1/suppressions/${encodeURIComponent(shown)}`;
      expect((await api.call('GET', path)).body).toMatchObject({ suppressed: true, address: shown });
      const after = encodeURIComponent(shown);
      expect((await api.call('GET', `/v1/suppressions?after=${after}`)).status).toBe(200);
      expect(await stage.relay.ctl('suppression', 'check', shown)).toMatchObject({ suppressed: true });
      expect((await api.call('DELETE', path)).status).toBe(200);
      expect(await stage.relay.ctl('suppression', 'check', address)).toMatchObject({ suppressed: false });
    },
  );
});

describe('a credential for one address', () => {
  const LOOKALIKES = ['\u212aate@sender.test', 'ｋate@sender.test', 'kat\u00ade@sender.test'];
  const OWN = ['kate@sender.test', 'KATE@sender.test', '"kate"@sender.test'];
  const to = 'fine@recipient.test';

  it('may not send over SMTP as one that only Unicode makes equal', async () => {
    const { relay } = stage;
    const login = await relay.ctl<Login>('credential', 'add', '--name', 'kate', '--from', 'kate@sender.test');
    using kate = await SmtpTalk.session({ port: relay.port, login });
    const submit = async (author: string) => {
      const content = `From: <${author}>\r\n\r\nbody\r\n`;
      return (await kate.submit({ from: FROM, to, content, mailParameters: 'SMTPUTF8' })).text;
    };
    for (const author of LOOKALIKES)
      expect(await submit(author)).toMatch(/^550 5\.7\.1 .*may only use kate@sender\.test/);
    for (const author of OWN) expect(await submit(author)).toMatch(/^250/);
  });

  it('may not send over HTTP as one that only Unicode makes equal', async () => {
    const key = await ApiTalk.withKey(stage.relay, '--scope', 'send', '--from', '"Kate"@sender.test');
    const send = (from: string) => key.post<ApiErrorBody>('/v1/send', { from, to, subject: 'x', text: 'x' });
    for (const author of LOOKALIKES) {
      const { status, body } = await send(author);
      expect(status).toBe(403);
      expect(body.error.message).toContain('may only use kate@sender.test');
    }
    for (const author of OWN) expect((await send(author)).status).toBe(200);
  });
});

describe('with suppressed_recipients = "reject"', () => {
  let strict: Stage;
  beforeAll(async () => {
    strict = await Stage.start({
      config: { http: { listen: ['127.0.0.1:0'] }, submission: { suppressed_recipients: 'reject' } },
    });
    await strict.relay.ctl('suppression', 'add', 'ſtop@recipient.test');
  });
  afterAll(async () => {
    await strict[Symbol.asyncDispose]();
  });

  it('every spelling is refused at RCPT, and by the API', async () => {
    using session = await strict.session();
    await session.ok(250, `MAIL FROM:<${FROM}> SMTPUTF8`);
    for (const spelling of [...SPELLINGS, ...ROUTES])
      expect((await session.command(`RCPT TO:<${spelling}>`)).text).toMatch(/^550 5\.7\.1 .* is suppressed/);
    const quoted = String.raw`"st\op"@recipient.test`;
    // As a shell takes it.
    expect((await session.command(`RCPT TO:<${quoted}>`)).text).toContain(`suppression remove '${quoted}'`);
    await session.ok(250, 'RCPT TO:<"go"@recipient.test>');
    const key = await ApiTalk.withKey(strict.relay, '--scope', 'send');
    for (const to of SPELLINGS) {
      const request = { from: FROM, to, subject: 'x', text: 'x' };
      const { status, body } = await key.post<ApiErrorBody>('/v1/send', request);
      expect(status).toBe(422);
      expect(body.error.message).toContain('is suppressed');
    }
  });
});
