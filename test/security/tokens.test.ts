/** Secrets and ids that are altered, replayed, or used by another account, at the real relay. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiTalk } from '../e2e/support/api-talk.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage, type DomainJson } from '../e2e/support/stage.ts';
import { SmtpTalk, type Login } from '../e2e/support/smtp-talk.ts';
import { Wire } from '../protocol/support/dialogue.ts';

const OTHER_DOMAIN = 'other-sender.test';
const MARK = 'first-account';
/** Refused recipients after which port 25 ends a session. */
const TRIES_A_SESSION = 19;
const returnPathHost = (domain: string) => `bounces.${domain}`;
const published = { mx: [{ preference: 10, exchange: 'relay.test' }], txt: ['v=spf1 a:relay.test ~all'] };

let stage: Stage;
let first: ApiTalk;
let other: ApiTalk;
let otherLogin: Login;
beforeAll(async () => {
  stage = await Stage.start({
    config: {
      http: { listen: ['127.0.0.1:0'] },
      inbound: { listen: ['127.0.0.1:0'], postmaster: `ops@${RECIPIENT_DOMAIN}` },
    },
    zone: { [returnPathHost(SENDER_DOMAIN)]: published, [returnPathHost(OTHER_DOMAIN)]: published },
  });
  const { relay } = stage;
  await relay.ctl('account', 'add', 'other');
  await addOtherDomain();
  first = await ApiTalk.withKey(relay, '--scope', 'admin');
  other = await ApiTalk.withKey(relay, '--scope', 'admin', '--account', 'other');
  otherLogin = await relay.ctl<Login>(
    ...['credential', 'add', '--kind', 'smtp', '--name', 'other', '--account', 'other'],
  );
});
afterAll(() => stage[Symbol.asyncDispose]());

async function addOtherDomain(): Promise<void> {
  const { relay, dns } = stage;
  const { records } = await relay.ctl<DomainJson>('domain', 'add', OTHER_DOMAIN, '--account', 'other');
  for (const { type, purpose, name, value } of records)
    if (type === 'TXT' && purpose.startsWith('dkim')) dns.zone.set(name, { txt: [value] });
  const { verified } = await relay.ctl<DomainJson>('domain', 'verify', OTHER_DOMAIN, '--account', 'other');
  expect(verified).toBe(true);
}

const content = (from: string, fields = '') =>
  `From: <${from}>\r\nTo: <someone@${RECIPIENT_DOMAIN}>\r\nSubject: ${MARK}\r\n${fields}\r\nx\r\n`;

async function submit(login: Login, domain: string, to: string, fields = ''): Promise<string> {
  const from = `shop@${domain}`;
  const session = await SmtpTalk.session({ port: stage.relay.port, login });
  const id = await session.submitForId({ from, to, content: content(from, fields) });
  await session.quit();
  return id;
}

/** The replies of port 25 to each recipient, in as many sessions as it takes. */
async function toPort25(recipients: readonly string[]): Promise<readonly string[]> {
  const replies: string[] = [];
  for (let at = 0; at < recipients.length; at += TRIES_A_SESSION) {
    const wire = await Wire.open(stage.relay.inboundPort);
    await wire.reply();
    await wire.command('EHLO mx.recipient.test');
    await wire.command('MAIL FROM:<>');
    for (const recipient of recipients.slice(at, at + TRIES_A_SESSION))
      replies.push(await wire.command(`RCPT TO:<${recipient}>`));
    wire.destroy();
  }
  return replies;
}

/** With each character in turn replaced by another one of the same kind. */
function altered(text: string): readonly string[] {
  return Array.from(text, (letter, at) => {
    const instead = /\d/.test(letter) ? String((Number(letter) + 1) % 10) : letter === 'b' ? 'c' : 'b';
    return text.slice(0, at) + instead + text.slice(at + 1);
  });
}

describe('the token of a return path', () => {
  it('is refused with any of its characters altered, cut short, prolonged, or at the host of another account', async () => {
    const to = `token@${RECIPIENT_DOMAIN}`;
    await stage.settled(await submit(stage.login, SENDER_DOMAIN, to));
    const { reversePath } = await stage.received(to);
    const [token = '', host = ''] = reversePath.split('@');
    expect(host).toBe(returnPathHost(SENDER_DOMAIN));
    expect((await toPort25([reversePath]))[0]).toMatch(/^250/);
    const forged = [...altered(token), token.slice(0, -1), `${token}0`].map((local) => `${local}@${host}`);
    const replies = await toPort25([...forged, `${token}@${returnPathHost(OTHER_DOMAIN)}`]);
    expect(replies.filter((reply) => !/^55\d 5\./.test(reply))).toEqual([]);
    expect(replies).toHaveLength(token.length + 3);
  });
});

describe('what one account has', () => {
  let id: string;
  let events: readonly string[];
  beforeAll(async () => {
    id = await submit(stage.login, SENDER_DOMAIN, `owner@${RECIPIENT_DOMAIN}`, `X-Relay-Tag: ${MARK}\r\n`);
    await stage.settled(id);
    const { body } = await first.call<{ data: { id: string }[] }>('GET', '/v1/events?limit=1000');
    events = body.data.map((event) => event.id);
    expect(events.length).toBeGreaterThan(1);
  });

  it('is not in what another reads from behind its ids', async () => {
    const paths = [
      `/v1/messages?after=${id}`,
      '/v1/messages',
      `/v1/events?message=${id}`,
      '/v1/messages?limit=100',
    ];
    for (const event of [...events, 'evt_00000000000000']) paths.push(`/v1/events?after=${event}`);
    for (const path of paths) {
      const { status, body } = await other.call('GET', path);
      expect([path, status]).toEqual([path, 200]);
      expect(JSON.stringify(body)).not.toMatch(new RegExp(`${MARK}|${SENDER_DOMAIN.replace('.', '\\.')}`));
    }
  });

  it('is not there for another by its id', async () => {
    const answers = [
      await other.call('GET', `/v1/messages/${id}`),
      await other.post(`/v1/messages/${id}/cancel`, {}),
      await other.call('PATCH', `/v1/messages/${id}`, {
        send_at: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it('is not repeated for another that uses its idempotency key', async () => {
    const key = { 'idempotency-key': 'order-1' };
    const send = (api: ApiTalk, domain: string) =>
      api.post<{ id: string }>(
        '/v1/send',
        { from: `shop@${domain}`, to: `twice@${RECIPIENT_DOMAIN}`, subject: MARK, text: 'x' },
        key,
      );
    const one = await send(first, SENDER_DOMAIN);
    const two = await send(other, OTHER_DOMAIN);
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(two.body.id).not.toBe(one.body.id);
    expect((await send(first, SENDER_DOMAIN)).body.id).toBe(one.body.id);

    const fields = 'X-Relay-Idempotency-Key: order-2\r\n';
    const bySmtp = await submit(stage.login, SENDER_DOMAIN, `twice@${RECIPIENT_DOMAIN}`, fields);
    const byOther = await submit(otherLogin, OTHER_DOMAIN, `twice@${RECIPIENT_DOMAIN}`, fields);
    expect(byOther).not.toBe(bySmtp);
    expect(await submit(stage.login, SENDER_DOMAIN, `twice@${RECIPIENT_DOMAIN}`, fields)).toBe(bySmtp);
  });

  it('does not go out under its id with the mail of another', async () => {
    const to = `impostor@${RECIPIENT_DOMAIN}`;
    const own = await submit(otherLogin, OTHER_DOMAIN, to, `X-Relay-Message-Id: ${id}\r\n`);
    await stage.settled(own);
    const { content: received } = await stage.received(to);
    expect(received.toString()).toContain(own);
    expect(received.toString()).not.toContain(id);
  });
});

describe('over SMTP', () => {
  /** The reply to content of the other account with `fields`, without what was named. */
  async function replyTo(fields: string, named: string): Promise<string> {
    const session = await SmtpTalk.session({ port: stage.relay.port, login: otherLogin });
    const from = `shop@${OTHER_DOMAIN}`;
    for (const line of [`MAIL FROM:<${from}>`, `RCPT TO:<control@${RECIPIENT_DOMAIN}>`])
      await session.ok(250, line);
    await session.ok(354, 'DATA');
    session.write(`${content(from, fields)}.\r\n`);
    const { code, lines } = await session.read();
    session.destroy();
    return `${code} ${lines.join(' ').replaceAll(named, '')}`;
  }

  it('streams and templates of another account are named like those that nobody has', async () => {
    const text = { subject: MARK, text: MARK };
    expect((await first.post('/v1/streams', { name: 'theirstream' })).status).toBe(201);
    const made = await first.post<{ id: string }>('/v1/templates', { name: 'theirtemplate', ...text });
    expect(made.status).toBe(201);
    const { id } = made.body;
    for (const [field, theirs, nobodys] of [
      ['Stream', 'theirstream', 'nobodyatall'],
      ['Template', 'theirtemplate', 'nobodyatall'],
      ['Template', 'theirtemplate@1', 'nobodyatall@1'],
      ['Template', id, `${id.slice(0, -6)}zzzzzz`],
    ] as const) {
      const [foreign, missing] = await Promise.all(
        [theirs, nobodys].map((name) => replyTo(`X-Relay-${field}: ${name}\r\n`, name.replace(/@1$/, ''))),
      );
      expect(foreign).toMatch(/^55\d /);
      expect(foreign).toBe(missing);
    }
  });

  it('the report token and the return path of another account’s message do not go out with the mail of one', async () => {
    const theirs = `theirs@${RECIPIENT_DOMAIN}`;
    await stage.settled(await submit(stage.login, SENDER_DOMAIN, theirs));
    const received = await stage.received(theirs);
    const token = /^x-relay-report-token: *(\S+)/im.exec(received.content.toString())?.[1] ?? '';
    expect(token).not.toBe('');
    const to = `ours@${RECIPIENT_DOMAIN}`;
    const fields = `Return-Path: <${received.reversePath}>\r\nX-Relay-Report-Token: ${token}\r\n`;
    await stage.settled(await submit(otherLogin, OTHER_DOMAIN, to, fields));
    const ours = await stage.received(to);
    expect(ours.reversePath).toMatch(new RegExp(`@${returnPathHost(OTHER_DOMAIN)}$`));
    for (const text of [received.reversePath, token]) expect(ours.content.toString()).not.toContain(text);
    expect(ours.content.toString()).toMatch(/^x-relay-report-token: /im);
    // And as a reverse-path it is a sender that is not the account's.
    const session = await SmtpTalk.session({ port: stage.relay.port, login: otherLogin });
    await session.ok(550, `MAIL FROM:<${received.reversePath}>`);
    session.destroy();
  });
});

describe('an API key', () => {
  const status = async (headers: Readonly<Record<string, string>>, path = '/v1/streams') =>
    (await fetch(`${stage.relay.httpUrl}${path}`, { headers })).status;

  it('is none with one character altered, or in another case', async () => {
    expect(await status({ authorization: `Bearer ${first.key}` })).toBe(200);
    const tries = [...altered(first.key), first.key.toUpperCase(), `${first.key}0`, first.key.slice(0, -1)];
    for (const key of tries) expect([401, 429]).toContain(await status({ authorization: `Bearer ${key}` }));
    // Whoever has the right one goes on.
    expect(await status({ authorization: `Bearer ${first.key}` })).toBe(200);
  });

  it('counts in its header field alone', async () => {
    const { key } = first;
    expect(await status({ authorization: `bearer   ${key}  ` })).toBe(200);
    for (const value of [
      key,
      `Basic ${key}`,
      `Bearer ${key} ${key}`,
      `Bearer,${key}`,
      `Bearer\t${key}`,
      `Token ${key}`,
    ])
      expect([value, await status({ authorization: value })]).toEqual([value, 401]);
    for (const name of ['x-api-key', 'proxy-authorization', 'cookie', 'x-auth-token'])
      expect([name, await status({ [name]: `Bearer ${key}` })]).toEqual([name, 401]);
    expect(await status({}, `/v1/streams?authorization=${key}&api_key=${key}`)).toBe(401);
    expect([401, 429]).toContain(await status({ authorization: 'Bearer pst_live_\u00e4\u00ff' }));
  });
});
