/** Streams of the real relay: what they say counts for mail that is sent, mail that waits, and what an operator sees of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { field, fields, verdicts } from './support/received-mail.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from './support/stage.ts';

const FROM = `shop@${SENDER_DOMAIN}`;
const SOURCES = [
  { name: 'usual', address: '127.0.0.11', hostname: `usual.${SENDER_DOMAIN}` },
  { name: 'bulk', address: '127.0.0.12', hostname: `bulk.${SENDER_DOMAIN}`, pool: 'bulk' },
];

let stage: Stage;
const busy = new Set<string>();
beforeAll(async () => {
  stage = await Stage.start({
    config: { source: SOURCES, submission: { subdomains: true }, delivery: { retry_schedule: ['1h'] } },
    mx: {
      respond: (command) => {
        const [, recipient = ''] = /^RCPT TO:<([^>]*)>/i.exec(command) ?? [];
        return busy.has(recipient) ? { reply: '451 4.2.1 busy' } : undefined;
      },
    },
  });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function send(to: string, more = '', from = FROM): Promise<string> {
  const session = await stage.session();
  const content = `From: <${from}>\r\nSubject: x\r\n${more}\r\nbody of ${to}\r\n`;
  const id = await session.submitForId({ from, to: [to], content });
  await session.quit();
  return id;
}

const ctl = <T = Record<string, unknown>>(...args: string[]) => stage.relay.ctl<T>(...args);

describe('a stream', () => {
  it('gives its mail a source and fields that are signed', async () => {
    await ctl('stream', 'add', 'news', '--kind', 'broadcast', '--pool', 'bulk');
    const feedback = 'Feedback-ID: {stream}:{account}:shop';
    await ctl('stream', 'change', 'news', '--header', feedback, '--header', 'X-Tag: {tag}');
    const to = `news@${RECIPIENT_DOMAIN}`;
    // Within a second both know of it: what accepts mail of the fields, and delivery of the pool.
    const message = await eventually(
      async () => {
        await send(to, 'X-Relay-Stream: news\r\nX-Relay-Tag: may\r\nX-Tag: own\r\n');
        const taken = stage.mx.messages.filter(({ recipients }) =>
          recipients.some((one) => one.address === to),
        );
        return taken.find(
          ({ clientAddress, content }) =>
            clientAddress === '127.0.0.12' && field(Buffer.from(content), 'feedback-id') !== undefined,
        );
      },
      { what: 'mail from the pool of the stream', everyMs: 100 },
    );
    const content = Buffer.from(message?.content ?? '');
    expect(field(content, 'feedback-id')).toBe('news:default:shop');
    expect(fields(content, 'x-tag')).toEqual(['own']);
    const results = await verdicts(content, stage.dns.zone);
    expect(results.map(({ result }) => result)).toEqual(['pass', 'pass']);

    const other = `single@${RECIPIENT_DOMAIN}`;
    await send(other);
    const single = await stage.received(other);
    expect(single.clientAddress).toBe('127.0.0.11');
    expect(field(Buffer.from(single.content), 'feedback-id')).toBeUndefined();
  });

  it('says how long mail that waits is tried, also after it was accepted', async () => {
    const to = `busy@${RECIPIENT_DOMAIN}`;
    busy.add(to);
    const id = await send(to, 'X-Relay-Stream: news\r\n');
    await stage.messageWhere(id, 'a first attempt', ({ deliveries }) => deliveries[0]?.state === 'deferred');
    await ctl('stream', 'change', 'news', '--max-age', '1s', '--retry-schedule', '1s');
    const ended = await eventually(
      async () => {
        await ctl('queue', 'retry', id, '--yes').catch(() => undefined);
        return (await stage.message(id)).deliveries[0]?.state === 'expired';
      },
      { what: 'the end of the message', everyMs: 200 },
    );
    expect(ended).toBe(true);
    await ctl('stream', 'change', 'news', '--max-age', 'none', '--retry-schedule', 'none');
  });

  it('has the mail of its subdomain, and whoever runs it is told of mail that does not fit', async () => {
    await ctl('stream', 'change', 'news', '--subdomain', 'news');
    await eventually(
      async () => {
        const id = await send(`sub@${RECIPIENT_DOMAIN}`, '', `shop@news.${SENDER_DOMAIN}`);
        return (await stage.message(id)).stream === 'news';
      },
      { what: 'mail of the subdomain in its stream', everyMs: 100 },
    );
    const elsewhere = await send(`elsewhere@${RECIPIENT_DOMAIN}`, 'X-Relay-Stream: news\r\n');
    await send(`list@${RECIPIENT_DOMAIN}`, 'List-Id: <a.example.org>\r\n');
    await stage.relay.stop();
    expect(stage.relay.log()).toContain('"misfit":"list-fields"');
    await stage.relay.start();
    expect(JSON.stringify(await ctl('stream', 'show', 'news'))).toContain(elsewhere);
    expect(JSON.stringify(await ctl('stream', 'show', 'transactional'))).toContain('mail of a list (List-Id');
  });

  it('is removed when no credential sends in it', async () => {
    await ctl('credential', 'add', '--name', 'letters', '--stream', 'news');
    await expect(ctl('stream', 'remove', 'news', '--yes')).rejects.toThrow(
      'the credential letters sends in the stream news',
    );
    await ctl('credential', 'change', 'letters', '--stream', 'broadcast');
    await ctl('stream', 'remove', 'news', '--yes');
    await expect(ctl('stream', 'show', 'news')).rejects.toThrow('there is no stream news');
  });
});
