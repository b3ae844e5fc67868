/** Reports that nobody vouches for, on the command line: seen, and applied on the operator's word alone. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Report, ReportedRecipient } from '../../src/dsn/read/report.ts';
import type { NewUnverifiedReport } from '../../src/store/reports.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

const recipient = (parts: Partial<ReportedRecipient> = {}): ReportedRecipient => ({
  kind: 'bounce',
  action: 'failed',
  recipient: 'alice@example.org',
  originalRecipient: undefined,
  status: '5.1.1',
  reply: { code: 550, status: '5.1.1', text: 'no such user' },
  text: '',
  stage: 'rcpt',
  ownMailbox: false,
  remoteMta: 'mx.example.org',
  feedbackType: undefined,
  ...parts,
});

async function keep(
  parts: Partial<NewUnverifiedReport> & { readonly report?: Partial<Report> } = {},
): Promise<string> {
  const { report, ...rest } = parts;
  const id = rest.id ?? 'rpt_01k9q3aaaaaaaaaaaaaaaaaaaa';
  const read = { recipients: [recipient()], returned: undefined, form: 'rfc3464', ...report };
  await stage.store.reports.keepReport({
    accountId: stage.defaultAccountId,
    receivedAtMs: stage.clock.now(),
    kind: 'bounce',
    form: 'rfc3464',
    recipient: 'alice@example.org',
    messageId: undefined,
    client: '192.0.2.1',
    why: 'it came without a return-path token',
    reading: JSON.stringify(read),
    headers: Buffer.from('From: <x@\u001b[31mevil.test>\r\nSubject: bounce\r\n\r\n'),
    ...rest,
    id,
  });
  return id;
}

async function delivered(recipients = ['alice@example.org']): Promise<string> {
  const id = await stage.accept({ recipients });
  await stage.settle(() => ({ state: 'delivered' }));
  return id;
}

const stateOf = async (id: string) => {
  const { deliveries } = (await stage.json('message', 'show', id)) as { deliveries: { state: string }[] };
  return deliveries.map(({ state }) => state);
};

describe('report list and show', () => {
  test('say what was kept and why', async () => {
    const message = await delivered();
    const id = await keep({ messageId: message });
    const shape = {
      id,
      account: 'default',
      received_at: '2026-11-24T06:12:31.000Z',
      kind: 'bounce',
      form: 'rfc3464',
      recipient: 'alice@example.org',
      message_id: message,
      client: '192.0.2.1',
      why: 'it came without a return-path token',
      applied_at: null,
    };
    expect(await stage.jsonLines('report', 'list')).toEqual([shape]);
    expect(await stage.json('report', 'show', id)).toMatchObject({
      ...shape,
      recipients: [{ recipient: 'alice@example.org', reply: '550 5.1.1 no such user', action: 'failed' }],
      headers: 'From: <x@\u001b[31mevil.test>\r\nSubject: bounce\r\n\r\n',
    });
    const text = await stage.text('report', 'show', id);
    expect(text).toContain('it came without a return-path token');
    expect(text).toContain('Subject: bounce');
    expect(text).not.toContain('\u001b');
  });

  test('page, and know when there is nothing', async () => {
    stage.openStore();
    expect((await stage.run(['report', 'list'])).err).toContain('There are no unverified reports.');
    for (const last of ['a', 'b', 'c']) await keep({ id: `rpt_${last.repeat(26)}` });
    const page = (await stage.jsonLines('report', 'list', '--limit', '2')) as { id: string }[];
    expect(page.map(({ id }) => id.charAt(4))).toEqual(['c', 'b']);
    const next = (await stage.jsonLines('report', 'list', '--before', page[1]!.id)) as { id: string }[];
    expect(next.map(({ id }) => id.charAt(4))).toEqual(['a']);
    expect(await stage.run(['report', 'show', 'rpt_x'])).toMatchObject({ code: 1 });
  });
});

describe('report apply', () => {
  test('does what a verified report does, once, and says who did it', async () => {
    const message = await delivered();
    const id = await keep({ messageId: message });
    expect(await stage.run(['report', 'apply', id])).toMatchObject({ code: 2 });
    expect(await stateOf(message)).toEqual(['delivered']);
    expect(await stage.json('report', 'apply', id, '--yes')).toEqual({ id, message_id: message, changed: 1 });
    expect(await stateOf(message)).toEqual(['bounced']);
    expect(await stage.json('suppression', 'check', 'alice@example.org')).toMatchObject({
      reason: 'unknown-address',
    });
    expect((await stage.jsonLines('events', '--message', message)).at(-1)).toMatchObject({
      event: 'bounced',
      source: 'operator',
    });
    expect(await stage.jsonLines('report', 'list')).toMatchObject([
      { applied_at: '2026-11-24T06:12:31.000Z' },
    ]);
    expect(await stage.run(['report', 'apply', id, '--yes'])).toMatchObject({ code: 1 });
  });

  test('takes message and recipient from the operator where the report does not say', async () => {
    const message = await delivered(['alice@example.org', 'bob@example.org']);
    const id = await keep({
      report: { recipients: [recipient({ recipient: undefined, reply: undefined })] },
    });
    const refused = async (...more: string[]) =>
      (await stage.run(['report', 'apply', id, '--yes', ...more])).err;
    expect(await refused()).toContain('--message');
    expect(await refused('--message', message)).toContain('--recipient');
    await stage.text('report', 'apply', id, '--yes', '--message', message, '--recipient', 'bob@example.org');
    expect(await stateOf(message)).toEqual(['delivered', 'bounced']);
    // Two recipients at one destination: nobody is suppressed.
    expect(await stage.json('suppression', 'check', 'bob@example.org')).toMatchObject({ suppressed: false });
  });

  test('of a complaint suppresses', async () => {
    const message = await delivered();
    const one = recipient({
      kind: 'complaint',
      action: 'delivered',
      feedbackType: 'abuse',
      namedByCopy: true,
    });
    const id = await keep({
      kind: 'complaint',
      messageId: message,
      report: { recipients: [one], form: 'rfc5965' },
    });
    await stage.text('report', 'apply', id, '--yes');
    expect(await stage.json('suppression', 'check', 'alice@example.org')).toMatchObject({
      reason: 'complaint',
    });
  });

  test('does not reach a message of another account', async () => {
    const message = await delivered();
    await stage.json('account', 'add', 'other');
    const accounts = (await stage.jsonLines('account', 'list')) as { id: string; name: string }[];
    const other = accounts.find(({ name }) => name === 'other')?.id ?? '';
    const id = await keep({ accountId: other, messageId: message });
    expect((await stage.run(['report', 'apply', id, '--yes'])).err).toContain('there is no message');
    expect(await stateOf(message)).toEqual(['delivered']);
  });

  test('refuses what could not be read, and what is not settled', async () => {
    const message = await stage.accept();
    const unread = await keep({ id: 'rpt_unreadable', kind: 'unreadable', reading: undefined });
    expect(await stage.run(['report', 'apply', unread, '--yes'])).toMatchObject({ code: 1 });
    const id = await keep({ messageId: message });
    expect((await stage.run(['report', 'apply', id, '--yes'])).err).toContain('still being delivered');
  });
});
