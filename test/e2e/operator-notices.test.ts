/** A test notice from the real relayd: mail at a real MX, a real webhook receiver, a real program; and what no tenant sees. */
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startWebhookReceiver, verifySignature } from '../support/webhook-receiver.ts';
import { OPERATOR, OperatorStage } from './support/operator-stage.ts';
import { body, field, verdicts } from './support/received-mail.ts';
import { SENDER_DOMAIN, type MessageJson } from './support/stage.ts';

interface Tested {
  readonly ways: readonly { readonly way: string; readonly ok: boolean; readonly outcome: string }[];
}

describe('relayctl operator test', () => {
  it('reaches the operator by mail, webhook and program, and no tenant', async () => {
    await using desk = await OperatorStage.start();
    const { stage, webhook } = desk;
    const tenant = await startWebhookReceiver();
    try {
      await stage.relay.ctl('webhook', 'add', '--url', tenant.url);
      const { ways } = await stage.relay.ctl<Tested>('operator', 'test');
      expect(ways).toMatchObject([
        {
          way: 'mail',
          target: OPERATOR,
          ok: true,
          outcome: expect.stringMatching(/^queued as msg_/) as string,
        },
        { way: 'webhook', ok: true, outcome: 'answered 204' },
        { way: 'command', ok: true, outcome: 'exit code 0', output: 'paged' },
      ]);
      const { reversePath, content } = await stage.received(OPERATOR);
      expect(reversePath).toBe('');
      expect(field(content, 'from')).toBe(`"Postern relay.test" <alerts@${SENDER_DOMAIN}>`);
      expect(field(content, 'subject')).toBe('[relay.test] test notice');
      expect(field(content, 'auto-submitted')).toBe('auto-generated');
      expect(body(content).toString()).toContain('nothing has happened');
      const checked = await verdicts(content, stage.dns.zone);
      expect(checked.map(({ result }) => result)).toEqual(checked.map(() => 'pass'));
      expect(checked.length).toBeGreaterThan(0);

      const { secret } = await stage.relay.ctl<{ secret: string }>('operator', 'show', '--secret');
      const [posted] = webhook.received;
      expect(posted?.body).toMatchObject({ event: 'test', hostname: 'relay.test', changes: [] });
      verifySignature(posted!, secret);
      expect(desk.pages).toEqual([posted?.body]);

      // Its delivery is recorded, and a message of the tenant comes after it in the log of events.
      const id = ways[0]!.outcome.slice('queued as '.length);
      const mail = await stage.settled(id);
      expect(mail).toMatchObject({ account: '(operator)', deliveries: [{ state: 'delivered' }] });
      const session = await stage.session();
      const from = `shop@${SENDER_DOMAIN}`;
      const own = await session.submitForId({
        from,
        to: 'ann@recipient.test',
        content: `From: ${from}\r\n\r\nHi\r\n`,
      });
      await session.quit();
      await eventually(
        () => tenant.received.filter(({ body: event }) => event['message_id'] === own).length >= 2,
      );
      expect(tenant.received.map(({ body: event }) => event['message_id'])).toEqual([own, own]);
      const listed = await stage.relay.ctlList<MessageJson>('message', 'list', '--account', 'default');
      expect(listed.map((message) => message.id)).toEqual([own]);
      // Nor does it count: one message was accepted, the tenant's.
      expect(await stage.relay.ctl('stats')).toMatchObject({ total: { accepted: 1 } });
    } finally {
      await tenant.stop();
    }
  });

  it('says which way failed, and nothing comes of a mail that bounces', async () => {
    await using desk = await OperatorStage.start();
    const { stage, webhook } = desk;
    webhook.respond = (response) => void response.writeHead(500).end('broken');
    stage.relay.configure({
      operator: { mail: 'bounce-550-5.1.1@recipient.test', command: ['/nowhere/page'] },
    });
    stage.relay.signal('SIGHUP');
    await eventually(() => stage.relay.log().includes('"event":"reloaded"'));
    const { code, stdout } = await stage.relay.ctlRaw(['operator', 'test']);
    expect(code).toBe(1);
    expect(stdout.replaceAll(/msg_\w+|:\d+/g, '*')).toBe(
      '✓ mail bounce-550-5.1.1@recipient.test: queued as *\n' +
        '✗ webhook http://127.0.0.1*: answered 500\n  broken\n' +
        '✗ command /nowhere/page: cannot be started: there is no such program\n',
    );
    const id = /msg_\w+/.exec(stdout)?.[0] ?? '';
    expect(await stage.settled(id)).toMatchObject({ deliveries: [{ state: 'bounced' }] });
    // No DSN, no suppression, and no check that fails for it.
    const all = await stage.relay.ctlList<MessageJson>('message', 'list');
    expect(all.map((message) => message.id)).toEqual([id]);
    expect(await stage.relay.ctlList('suppression', 'list')).toEqual([]);
    const status = await stage.relay.ctl<{ checks: { ok: boolean }[] }>('status');
    expect(status.checks.every(({ ok }) => ok)).toBe(true);
  });
});
