/** Messages that were turned away, on the command line: listed, shown, told as events, and never taken for accepted ones. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewRefusedMessage } from '../../src/store/refusals.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const idOf = (last: string) => `msg_01k9q3${last.repeat(20)}`;

async function keep(parts: Partial<NewRefusedMessage> = {}): Promise<string> {
  const id = parts.id ?? idOf('a');
  await stage.store.refusals.keepRefused({
    accountId: stage.defaultAccountId,
    credentialId: 'crd_1',
    via: 'smtp',
    client: '192.0.2.1',
    refusedAtMs: stage.clock.now(),
    reversePath: 'app@example.org',
    recipients: ['alice@example.net', 'bob@example.net'],
    recipientCount: 5,
    reply: '550 5.7.1 <x@other.example> may not be used',
    fix: 'relayctl domain add other.example',
    headerFrom: 'x@other.example',
    subject: 'Report',
    leftOut: 3,
    headers: Buffer.from('From: <x@\u001b[31mother.example>\r\nSubject: Report\r\n\r\n'),
    ...parts,
    id,
  });
  return id;
}

const shape = {
  id: idOf('a'),
  account: 'default',
  refused_at: '2026-11-24T06:12:31.000Z',
  reply: '550 5.7.1 <x@other.example> may not be used',
  fix: 'relayctl domain add other.example',
  reverse_path: 'app@example.org',
  recipients: ['alice@example.net', 'bob@example.net'],
  recipient_count: 5,
  header_from: 'x@other.example',
  subject: 'Report',
  credential_id: 'crd_1',
  credential: null,
  client: '192.0.2.1',
  via: 'smtp',
  left_out: 3,
};

describe('message list --refused', () => {
  test('shows who sent what and why it was refused, and accepted messages apart from it', async () => {
    const accepted = await stage.accept();
    await keep();
    expect(await stage.jsonLines('message', 'list', '--refused')).toEqual([shape]);
    const text = await stage.text('message', 'list', '--refused');
    for (const word of ['192.0.2.1', 'crd_1', 'x@other.example', '550 5.7.1'])
      expect(text, word).toContain(word);
    expect(text).not.toContain(accepted);
    expect(await stage.text('message', 'list')).not.toContain(shape.id);
  });

  test('pages, knows when there is nothing, and takes no filter of deliveries', async () => {
    stage.openStore();
    expect((await stage.run(['message', 'list', '--refused'])).err).toContain('No message was refused');
    for (const last of ['a', 'b', 'c']) await keep({ id: idOf(last) });
    const ids = async (...args: readonly string[]) =>
      ((await stage.jsonLines('message', 'list', '--refused', ...args)) as { id: string }[]).map(
        ({ id }) => id,
      );
    expect(await ids('--limit', '2')).toEqual([idOf('c'), idOf('b')]);
    expect(await ids('--before', idOf('b'))).toEqual([idOf('a')]);
    expect(await stage.run(['message', 'list', '--refused', '--state', 'bounced'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--state does not go with --refused') as string,
    });
  });
});

describe('one that was refused', () => {
  test('is shown with its header section, in which nothing acts on a terminal', async () => {
    const id = await keep();
    expect(await stage.json('message', 'show', id)).toEqual({
      ...shape,
      headers: 'From: <x@\u001b[31mother.example>\r\nSubject: Report\r\n\r\n',
    });
    const text = await stage.text('message', 'show', id);
    for (const words of [
      'and 3 more',
      '| Subject: Report',
      '550 5.7.1',
      'relayctl domain add',
      '3 before it',
    ])
      expect(text, words).toContain(words);
    expect(text).not.toContain('\u001b');
  });

  test('is not there for another account', async () => {
    const id = await keep();
    await stage.run(['account', 'add', 'other']);
    expect(await stage.run(['message', 'show', id, '--account', 'other'])).toMatchObject({ code: 1 });
    expect(await stage.jsonLines('message', 'list', '--refused', '--account', 'other')).toEqual([]);
  });

  test('has no trace, and says where to look', async () => {
    const id = await keep();
    const { code, err } = await stage.run(['message', 'trace', id]);
    expect(code).toBe(1);
    expect(err).toContain('550 5.7.1');
    expect(err).toContain(`relayctl message show ${id}`);
  });

  test('is told in an event with code and reply', async () => {
    const id = await keep();
    expect(await stage.jsonLines('events', '--type', 'refused')).toMatchObject([
      {
        event: 'refused',
        message_id: id,
        delivery_id: null,
        recipient: null,
        code: 550,
        client: '192.0.2.1',
      },
    ]);
    expect(await stage.text('events')).toContain(id);
  });
});
