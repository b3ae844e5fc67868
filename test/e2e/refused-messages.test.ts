/** What a program sends, and hears refused after DATA without telling anybody, is seen by the operator of the running relay. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Stage } from './support/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.start();
});
afterAll(() => stage[Symbol.asyncDispose]());

interface RefusedJson {
  readonly id: string;
}

it('is listed, shown and told, with credential, client and reply', async () => {
  using talk = await stage.session();
  await talk.ok(250, 'MAIL FROM:<shop@sender.test>');
  await talk.ok(250, 'RCPT TO:<alice@recipient.test>');
  await talk.ok(354, 'DATA');
  talk.write('From: other@not-ours.test\r\nSubject: Report\r\n\r\nconfidential\r\n.\r\n');
  const { code, text } = await talk.read();
  expect(code).toBe(550);

  const listed = await eventually(async () => {
    const list = await stage.relay.ctlList<RefusedJson>('message', 'list', '--refused');
    return list.length > 0 ? list : undefined;
  });
  const [refused] = listed ?? [];
  expect(refused).toMatchObject({
    account: 'default',
    reply: text,
    reverse_path: 'shop@sender.test',
    recipients: ['alice@recipient.test'],
    header_from: 'other@not-ours.test',
    subject: 'Report',
    credential: 'test',
    client: '127.0.0.1',
    via: 'smtp',
  });
  const shown = await stage.relay.ctl<{ headers: string }>('message', 'show', refused?.id ?? '');
  expect(shown.headers).toContain('From: other@not-ours.test\r\n');
  expect(shown.headers).not.toContain('confidential');
  expect(await stage.relay.ctlList('events', '--type', 'refused')).toMatchObject([
    { event: 'refused', message_id: refused?.id, recipient: null, code: 550 },
  ]);
  // The connection goes on, and what is right is taken.
  expect(
    (
      await stage.settled(
        await talk.submitForId({
          from: 'shop@sender.test',
          to: ['bob@recipient.test'],
          content: 'From: shop@sender.test\r\nSubject: x\r\n\r\nx\r\n',
        }),
      )
    ).deliveries[0]?.state,
  ).toBe('delivered');
});
