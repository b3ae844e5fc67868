/**
 * Unsubscribing from the real relay, as a recipient's mail program, browser and scanner do: broadcast mail goes out to each with
 * a link of their own, signed; a POST unsubscribes; looking changes nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFakeMx } from '../support/fake-mx.ts';
import type { ReceivedMessage } from '../support/fake-mx-options.ts';
import { Wire } from '../protocol/support/dialogue.ts';
import { ApiTalk } from './support/api-talk.ts';
import { field, fields, verdicts } from './support/received-mail.ts';
import {
  RECIPIENT_DOMAIN,
  SENDER_DOMAIN,
  Stage,
  type EventJson,
  type SuppressionJson,
} from './support/stage.ts';

const PUBLIC_URL = 'https://mail.sender.test';
const FROM = `news@${SENDER_DOMAIN}`;
const at = (localPart: string) => `${localPart}@${RECIPIENT_DOMAIN}`;
const ONE_CLICK = 'List-Unsubscribe=One-Click';
const FORM = 'application/x-www-form-urlencoded';

let stage: Stage;
let api: ApiTalk;
beforeAll(async () => {
  stage = await Stage.start({
    config: {
      http: { listen: ['127.0.0.1:0'], public_listen: ['127.0.0.1:0'], public_url: PUBLIC_URL },
      inbound: { listen: ['127.0.0.1:0'], postmaster: at('ops') },
      delivery: { retry_schedule: ['1s'] },
    },
    zone: {
      [`bounces.${SENDER_DOMAIN}`]: {
        mx: [{ preference: 10, exchange: 'relay.test' }],
        txt: ['v=spf1 a:relay.test ~all'],
      },
    },
  });
  await stage.relay.ctl('domain', 'verify', SENDER_DOMAIN);
  api = await ApiTalk.withKey(stage.relay, '--scope', 'send');
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

interface Draft {
  readonly to: readonly string[];
  readonly stream?: string;
  readonly header?: string;
  readonly body?: string;
}

/** Submits over SMTP, and waits until all is settled. */
async function sent({ to, stream = 'broadcast', header = '', body = 'Hello\r\n' }: Draft): Promise<string> {
  const session = await stage.session();
  const content =
    `From: <${FROM}>\r\nTo: <list@${SENDER_DOMAIN}>\r\nSubject: News\r\n` +
    `X-Relay-Stream: ${stream}\r\n${header}\r\n${body}`;
  const id = await session.submitForId({ from: FROM, to, content });
  await session.quit();
  await stage.settled(id);
  return id;
}

function receivedFor(address: string): readonly ReceivedMessage[] {
  return stage.mx.messages.filter(({ recipients }) => recipients.some((one) => one.address === address));
}

function lastFor(address: string): ReceivedMessage {
  const last = receivedFor(address).at(-1);
  if (last === undefined) throw new Error(`nothing came for ${address}`);
  return last;
}

/** The path of the link in a message, as a mail program reads it. */
function linkOf({ content }: ReceivedMessage): string {
  const url = /^<([^>]+)>/.exec(field(content, 'list-unsubscribe') ?? '')?.[1] ?? '';
  expect(url.startsWith(`${PUBLIC_URL}/u/`)).toBe(true);
  return url.slice(PUBLIC_URL.length);
}

const tokenOf = (message: ReceivedMessage) => linkOf(message).slice('/u/'.length);

/** A request as somebody from the internet makes it, without cookies or a referrer. */
function ask(method: string, path: string, body?: string, type = FORM) {
  const headers = body === undefined ? {} : { 'content-type': type };
  return fetch(`${stage.relay.publicUrl}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body && { body }),
  });
}

const suppressions = (address: string) =>
  stage.relay
    .ctlList<SuppressionJson>('suppression', 'list')
    .then((all) => all.filter((one) => one.address === address));
const events = () =>
  stage.relay.ctlList<EventJson & Record<string, unknown>>('events', '--type', 'unsubscribed');
const eventsFor = async (address: string) =>
  (await events()).filter(({ recipient }) => recipient === address);

describe('broadcast mail', () => {
  const recipients = ['one', 'two', 'three'].map(at);
  let ids: string[];

  beforeAll(async () => {
    const viaApi = await api.call<{ id: string }>('POST', '/v1/send', {
      ...{ from: FROM, to: recipients, subject: 'News', text: 'Hello', stream: 'broadcast' },
    });
    ids = [await sent({ to: recipients }), viaApi.body.id];
    for (const id of ids) await stage.settled(id);
  });

  it('goes out to each in a transaction of their own, over SMTP and the API', () => {
    for (const address of recipients) {
      const received = receivedFor(address);
      expect(received).toHaveLength(2);
      for (const one of received) expect(one.recipients.map((to) => to.address)).toEqual([address]);
    }
    expect(
      new Set(recipients.flatMap((to) => receivedFor(to).map(({ connection }) => connection))).size,
    ).toBeLessThan(6);
  });

  it('has both ways to unsubscribe, https first, and says that one click is enough', () => {
    for (const address of recipients) {
      for (const { content } of receivedFor(address)) {
        expect(field(content, 'list-unsubscribe')).toMatch(
          /^<https:\/\/mail\.sender\.test\/u\/([\w-]{100,170})>, <mailto:unsubscribe@bounces\.sender\.test\?subject=\1>$/,
        );
        expect(field(content, 'list-unsubscribe-post')).toBe(ONE_CLICK);
        for (const line of content.toString().split('\r\n')) expect(line.length).toBeLessThan(998);
      }
    }
    expect(new Set(recipients.flatMap((to) => receivedFor(to).map(tokenOf))).size).toBe(6);
  });

  it('is signed over them, so that an independent verifier passes it, and no other can be put beside them', async () => {
    const { content } = lastFor(at('one'));
    const names = (fields(content, 'dkim-signature')[0] ?? '').replace(/\s/g, '').toLowerCase();
    const signed = (/;h=([^;]*);/.exec(names)?.[1] ?? '').split(':');
    expect(signed.filter((name) => name === 'list-unsubscribe')).toHaveLength(2);
    expect(signed.filter((name) => name === 'list-unsubscribe-post')).toHaveLength(2);
    expect((await verdicts(content, stage.dns.zone)).map(({ result }) => result)).toEqual(['pass', 'pass']);
    const changed = Buffer.from(content.toString('latin1').replace('/u/', '/u/x'), 'latin1');
    const second = Buffer.concat([Buffer.from('List-Unsubscribe: <https://evil.test/>\r\n'), content]);
    for (const spoilt of [changed, second])
      expect((await verdicts(spoilt, stage.dns.zone)).map(({ result }) => result)).not.toContain('pass');
  });

  it('says its size with them', () => {
    for (const { content, parameters } of recipients.flatMap(receivedFor))
      expect(parameters).toContain(`SIZE=${content.length}`);
  });

  it('has them in its content as kept no more than before', async () => {
    const raw = await stage.relay.ctlRaw(['message', 'raw', ids[0] ?? '']);
    expect(raw.stdout).not.toMatch(/list-unsubscribe/i);
  });

  it('keeps a List-Unsubscribe of its own, and stays one transaction', async () => {
    const to = ['own-a', 'own-b'].map(at);
    await sent({ to, header: 'List-Unsubscribe: <https://shop.test/off>\r\n' });
    const received = lastFor(at('own-a'));
    expect(received.recipients.map(({ address }) => address)).toEqual(to);
    expect(fields(received.content, 'list-unsubscribe')).toEqual(['<https://shop.test/off>']);
    expect(fields(received.content, 'list-unsubscribe-post')).toEqual([]);
  });

  it('of another stream goes as it was given, in one transaction', async () => {
    const to = ['plain-a', 'plain-b'].map(at);
    await sent({ to, stream: 'transactional' });
    const received = lastFor(at('plain-a'));
    expect(received.recipients.map(({ address }) => address)).toEqual(to);
    expect(fields(received.content, 'list-unsubscribe')).toEqual([]);
  });

  it('is the same in these fields at the next attempt', async () => {
    const to = at('drop-after-dot+same');
    const session = await stage.session();
    const content = `From: <${FROM}>\r\nSubject: News\r\nX-Relay-Stream: broadcast\r\n\r\nx\r\n`;
    const id = await session.submitForId({ from: FROM, to, content });
    await session.quit();
    await eventually(() => receivedFor(to).length >= 2, { what: 'a second attempt', timeoutMs: 30_000 });
    await stage.relay.ctlRaw(['queue', 'cancel', id, '--yes']);
    const [first, second] = receivedFor(to).map((received) => fields(received.content, 'list-unsubscribe'));
    expect(first).toHaveLength(1);
    expect(second).toEqual(first);
  });

  it('of several chunks is whole and passes', async () => {
    const body = `${'x'.repeat(70)}\r\n`.repeat(8_000);
    await sent({ to: ['large-a', 'large-b', 'large-c'].map(at), body });
    for (const name of ['large-a', 'large-b', 'large-c']) {
      const { content } = lastFor(at(name));
      expect(content.length).toBeGreaterThan(body.length);
      expect(content.subarray(content.indexOf('\r\n\r\n') + 4).toString()).toBe(body);
      expect((await verdicts(content, stage.dns.zone)).map(({ result }) => result)).toEqual(['pass', 'pass']);
    }
  });
});

describe('one click', () => {
  const alice = at('alice');

  it('unsubscribes from the stream, with the event, and once', async () => {
    const id = await sent({ to: [alice, at('bob')] });
    const link = linkOf(lastFor(alice));
    for (let time = 0; time < 2; time++) {
      const answer = await ask('POST', link, ONE_CLICK);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(await answer.text()).toContain('You are unsubscribed');
    }
    expect(await suppressions(alice)).toMatchObject([
      { reason: 'unsubscribe', scope: 'broadcast', expires_at: null },
    ]);
    expect(await eventsFor(alice)).toMatchObject([
      { event: 'unsubscribed', message_id: id, recipient: alice, stream: 'broadcast', by: 'one-click' },
    ]);
  });

  it('keeps the next mail of the stream from them, not from others, nor mail of another stream', async () => {
    const before = receivedFor(alice).length;
    const id = await sent({ to: [alice, at('bob')] });
    const states = (await stage.message(id)).deliveries.map(({ recipient, state }) => [recipient, state]);
    expect(states).toEqual([
      [alice, 'suppressed'],
      [at('bob'), 'delivered'],
    ]);
    expect(receivedFor(alice)).toHaveLength(before);
    await sent({ to: [alice], stream: 'transactional' });
    expect(receivedFor(alice)).toHaveLength(before + 1);
  });

  it('works in multipart/form-data, as some providers send it', async () => {
    const carol = at('carol');
    await sent({ to: [carol] });
    const body = `--b0\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b0--\r\n`;
    const answer = await ask('POST', linkOf(lastFor(carol)), body, 'multipart/form-data; boundary=b0');
    expect(answer.status).toBe(200);
    expect(await suppressions(carol)).toHaveLength(1);
  });

  it('ends what waits for them already', async () => {
    const dave = at('dave');
    await sent({ to: [dave] });
    const link = linkOf(lastFor(dave));
    const session = await stage.session();
    const content =
      `From: <${FROM}>\r\nSubject: Later\r\nX-Relay-Stream: broadcast\r\n` +
      `X-Relay-Send-At: ${new Date(Date.now() + 3_600_000).toISOString()}\r\n\r\nx\r\n`;
    const id = await session.submitForId({ from: FROM, to: [dave], content });
    await session.quit();
    await ask('POST', link, ONE_CLICK);
    await stage.relay.ctlRaw(['queue', 'retry', id, '--yes']);
    expect((await stage.settled(id)).deliveries[0]?.state).toBe('suppressed');
  });

  it('is remembered after kill -9, by links of before too', async () => {
    const erin = at('erin');
    await sent({ to: [erin] });
    const link = linkOf(lastFor(erin));
    expect((await ask('POST', link, ONE_CLICK)).status).toBe(200);
    await stage.relay.kill();
    await stage.relay.start();
    expect(await suppressions(erin)).toHaveLength(1);
    expect(await (await ask('GET', link)).text()).toContain('You are unsubscribed');
    expect((await ask('POST', link, ONE_CLICK)).status).toBe(200);
    expect(await eventsFor(erin)).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('of which a List-Unsubscribe-Post is asked adds no second one beside that of the link', async () => {
    const post = `List-Unsubscribe-Post: ${ONE_CLICK}`;
    await stage.relay.ctlRaw(['stream', 'add', 'posts', '--kind', 'broadcast', '--header', post]);
    await sent({ to: [at('post')], stream: 'posts' });
    const { content } = lastFor(at('post'));
    expect(fields(content, 'list-unsubscribe')).toHaveLength(1);
    expect(fields(content, 'list-unsubscribe-post')).toEqual([ONE_CLICK]);
    const own = '<https://shop.test/off>';
    await sent({ to: [at('post')], stream: 'posts', header: `List-Unsubscribe: ${own}\r\n` });
    const second = lastFor(at('post')).content;
    expect(fields(second, 'list-unsubscribe')).toEqual([own]);
    expect(fields(second, 'list-unsubscribe-post')).toEqual([ONE_CLICK]);
  });

  it('takes a field with commas', async () => {
    const value = '<https://shop.test/{tag}>, <mailto:off@shop.test>';
    const added = [
      'stream',
      'add',
      'commas',
      '--kind',
      'broadcast',
      '--header',
      `List-Unsubscribe: ${value}`,
    ];
    expect(await stage.relay.ctl(...added)).toMatchObject({ headers: { 'List-Unsubscribe': value } });
  });

  it('that was removed is left all the same: by mail that waits, and when there is one of its name again', async () => {
    const ivan = at('ivan');
    await stage.relay.ctlRaw(['stream', 'add', 'brief', '--kind', 'broadcast']);
    await sent({ to: [ivan], stream: 'brief' });
    const link = linkOf(lastFor(ivan));
    const session = await stage.session();
    const content =
      `From: <${FROM}>\r\nSubject: Later\r\nX-Relay-Stream: brief\r\n` +
      `X-Relay-Send-At: ${new Date(Date.now() + 3_600_000).toISOString()}\r\n\r\nx\r\n`;
    const waiting = await session.submitForId({ from: FROM, to: [ivan], content });
    await session.quit();
    await stage.relay.ctlRaw(['stream', 'remove', 'brief', '--yes']);
    expect(await (await ask('GET', link)).text()).toContain('Unsubscribe?');
    expect(await (await ask('POST', link, ONE_CLICK)).text()).toContain('You are unsubscribed');
    await stage.relay.ctlRaw(['queue', 'retry', waiting, '--yes']);
    expect((await stage.settled(waiting)).deliveries[0]?.state).toBe('suppressed');
    await stage.relay.ctlRaw(['stream', 'add', 'brief', '--kind', 'broadcast']);
    const again = await sent({ to: [ivan], stream: 'brief' });
    expect((await stage.message(again)).deliveries[0]?.state).toBe('suppressed');
  });
});

describe('looking', () => {
  const frank = at('frank');

  it('changes nothing, whoever looks, wherever they follow links and forms', async () => {
    await sent({ to: [frank] });
    const link = linkOf(lastFor(frank));
    const agents = ['Mozilla/5.0', 'Barracuda Sentinel', 'Mozilla/5.0 (compatible; GoogleImageProxy)', ''];
    const seen = new Set<string>();
    const open = [link];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      for (const agent of agents)
        for (const method of ['GET', 'HEAD']) {
          const answer = await fetch(`${stage.relay.publicUrl}${path}`, {
            method,
            headers: { 'user-agent': agent },
          });
          expect(answer.status).toBe(200);
          if (method === 'HEAD') expect(await answer.text()).toBe('');
          const html = method === 'GET' ? await answer.text() : '';
          const base = new URL(path, stage.relay.publicUrl);
          for (const [, action = '', name = '', value = ''] of html.matchAll(
            /action="([^"]*)"><input type="hidden" name="([^"]*)" value="([^"]*)"/g,
          )) {
            open.push(new URL(action, base).pathname);
            open.push(`${new URL(action, base).pathname}?${name}=${value}`);
          }
          for (const [, href = ''] of html.matchAll(/href="([^"]*)"/g))
            open.push(new URL(href, base).pathname);
        }
    }
    for (const query of [`?${ONE_CLICK}`, '?unsubscribe=broadcast', '/undo'])
      expect((await ask('GET', `${link}${query}`)).status).toBe(200);
    expect(await suppressions(frank)).toEqual([]);
    expect(await eventsFor(frank)).toEqual([]);
  });

  it('shows a page that loads nothing, runs nothing, is kept nowhere, and does not show the address', async () => {
    const answer = await ask('GET', linkOf(lastFor(frank)));
    const html = await answer.text();
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-robots-tag')).toContain('noindex');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(html).not.toMatch(/<script|<img|<link|@import|url\(|https?:/i);
    expect(html.toLowerCase()).not.toContain('frank');
    expect(html).toContain('broadcast');
    expect(html).toContain(SENDER_DOMAIN);
  });
});

describe('the page', () => {
  const grace = at('grace');
  let link: string;

  it('unsubscribes by its button and offers to take it back', async () => {
    await sent({ to: [grace] });
    link = linkOf(lastFor(grace));
    const answer = await ask('POST', link, 'unsubscribe=broadcast');
    const html = await answer.text();
    expect(html).toContain('You are unsubscribed');
    expect(html).toContain(`action="${link.slice('/u/'.length)}/undo"`);
    expect(await eventsFor(grace)).toMatchObject([{ by: 'page' }]);
  });

  it('takes it back, and mail comes again', async () => {
    expect((await ask('GET', `${link}/undo`)).status).toBe(200);
    expect(await suppressions(grace)).toHaveLength(1);
    expect(await (await ask('POST', `${link}/undo`, 'resubscribe=broadcast')).text()).toContain(
      'You are subscribed',
    );
    expect(await suppressions(grace)).toEqual([]);
    const before = receivedFor(grace).length;
    await sent({ to: [grace] });
    expect(receivedFor(grace)).toHaveLength(before + 1);
  });

  it('takes back no complaint and no suppression by hand', async () => {
    await stage.relay.ctlRaw(['suppression', 'add', grace, '--note', 'asked by phone']);
    await ask('POST', link, ONE_CLICK);
    await ask('POST', `${link}/undo`, 'x');
    expect(await suppressions(grace)).toMatchObject([{ reason: 'manual', scope: 'account' }]);
    expect(await (await ask('GET', link)).text()).toContain('No messages of the list');
    await stage.relay.ctlRaw(['suppression', 'remove', grace, '--yes']);
  });

  it('shows the other broadcast streams, and changes one of them alone', async () => {
    await stage.relay.ctlRaw(['stream', 'add', 'offers', '--kind', 'broadcast']);
    expect(await (await ask('GET', link)).text()).toContain('Unsubscribe: offers');
    expect((await ask('POST', link, 'unsubscribe=offers')).status).toBe(200);
    expect(await suppressions(grace)).toMatchObject([{ reason: 'unsubscribe', scope: 'offers' }]);
    expect(await (await ask('GET', link)).text()).toContain('Subscribe again: offers');
    await ask('POST', link, 'resubscribe=offers');
    expect(await suppressions(grace)).toEqual([]);
  });

  it('changes nothing by what it does not know', async () => {
    for (const body of [
      '',
      'x=1',
      'unsubscribe=transactional',
      'unsubscribe=nothing',
      'List-Unsubscribe=Two-Clicks',
    ])
      expect((await ask('POST', link, body)).status, body).toBe(400);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect((await ask(method, link)).status).toBe(405);
    expect((await ask('POST', link, 'x'.repeat(2_000))).status).toBe(413);
    expect(await suppressions(grace)).toEqual([]);
  });
});

describe('a token that is not good', () => {
  it('gets an honest page, whatever is wrong, and changes nothing', async () => {
    await sent({ to: [at('heidi')] });
    const token = tokenOf(lastFor(at('heidi')));
    const spoilt = [
      token.slice(0, -1),
      `${token}.`,
      `${token}=3D`,
      token.toUpperCase(),
      `%3C${token}%3E`,
      'x',
      'A'.repeat(8_000),
    ];
    for (const one of spoilt) {
      const answer = await ask('POST', `/u/${one}`, ONE_CLICK);
      expect(answer.status, one).toBe(404);
      expect(await answer.text()).toContain('This link does not work');
    }
    for (const path of [
      '/',
      '/u/',
      '/u',
      '/v1/send',
      '/metrics',
      '/healthz',
      '/docs',
      '/.well-known/acme-challenge/x',
    ])
      expect((await ask('GET', path)).status, path).toBe(404);
    expect(await suppressions(at('heidi'))).toEqual([]);
  });
});

/** Hands a message to port 25; the last reply. */
async function mailed(to: string, header: string, from = 'someone@elsewhere.test'): Promise<string> {
  const wire = await Wire.open(stage.relay.inboundPort);
  try {
    await wire.reply();
    await wire.command('EHLO mx.elsewhere.test');
    await wire.command(`MAIL FROM:<${from}>`);
    const answer = await wire.command(`RCPT TO:<${to}>`);
    if (!answer.startsWith('250')) return answer;
    await wire.command('DATA');
    wire.send(`${header}\r\n\r\nUnsubscribe\r\n.\r\n`);
    return await wire.reply();
  } finally {
    wire.destroy();
  }
}

/** In a Q encoded word an underscore is a space. RFC 2047 §4.2. */
const quoted = (text: string) => text.replaceAll('_', '=5F');

describe('by mail', () => {
  const UNSUBSCRIBE = `unsubscribe@bounces.${SENDER_DOMAIN}`;

  it('unsubscribes by the subject, whoever sends it and however it is written', async () => {
    const spellings: readonly ((token: string) => string)[] = [
      (token) => `Subject: ${token}`,
      (token) => `Subject: Re: ${token}`,
      (token) => `Subject:\r\n ${token.slice(0, 70)}\r\n ${token.slice(70)}`,
      (token) =>
        `Subject: =?utf-8?q?${quoted(token.slice(0, 40))}?=\r\n =?utf-8?q?${quoted(token.slice(40))}?=`,
      (token) => `Auto-Submitted: auto-generated\r\nSubject: ${token}`,
    ];
    for (const [index, spelling] of spellings.entries()) {
      const address = at(`mail-${index}`);
      await sent({ to: [address] });
      const header = spelling(tokenOf(lastFor(address)));
      expect(await mailed(UNSUBSCRIBE, `From: <x@elsewhere.test>\r\n${header}`)).toMatch(/^250/);
      expect(await suppressions(address), header).toMatchObject([
        { reason: 'unsubscribe', scope: 'broadcast' },
      ]);
      expect(await eventsFor(address)).toMatchObject([{ by: 'mail' }]);
    }
  });

  it('drops everything else without an answer to anybody', async () => {
    const judy = at('judy');
    await sent({ to: [judy] });
    const token = tokenOf(lastFor(judy));
    const before = stage.mx.messages.length;
    for (const header of [
      'Subject: please stop',
      `X: ${token}`,
      `Subject: ${token.slice(1)}`,
      `Auto-Submitted: auto-replied\r\nSubject: Re: ${token}`,
      `X-Autoreply: yes\r\nSubject: ${token}`,
    ])
      expect(await mailed(UNSUBSCRIBE, header)).toMatch(/^250/);
    expect(await mailed(UNSUBSCRIBE, `Subject: ${token}`, '')).toMatch(/^250/);
    expect(await mailed('unsubscribe@bounces.elsewhere.test', `Subject: ${token}`)).toMatch(/^550/);
    expect(await suppressions(judy)).toEqual([]);
    expect(stage.mx.messages).toHaveLength(before);
  });
});

describe('by a smart host', () => {
  it('each recipient gets their own as well, unsigned where the route says so', async () => {
    const hop = await startFakeMx();
    try {
      stage.relay.configure({
        route: [
          {
            ...{ name: 'hop', match: { domain: ['hop.test'] }, action: 'relay', host: '127.0.0.1' },
            ...{ port: hop.port, tls: 'may', dkim: false },
          },
        ],
      });
      await stage.relay.stop();
      await stage.relay.start();
      await sent({ to: ['a@hop.test', 'b@hop.test'] });
      expect(hop.messages.map(({ recipients }) => recipients.length)).toEqual([1, 1]);
      for (const { content } of hop.messages) {
        expect(fields(content, 'dkim-signature')).toEqual([]);
        expect(field(content, 'list-unsubscribe-post')).toBe(ONE_CLICK);
      }
      expect(new Set(hop.messages.map(tokenOf)).size).toBe(2);
    } finally {
      await hop.close();
    }
  });
});
