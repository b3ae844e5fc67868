/** `relayctl suppression import|export --format`: files of other providers, in the forms that their documents show. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
});
afterEach(async () => await stage.dispose());

interface Listed {
  readonly address: string;
  readonly reason: string;
  readonly created_at: string;
  readonly evidence: string;
}

async function imported(format: string, text: string, ...options: readonly string[]) {
  stage.files['list'] = text;
  const result = await stage.run(['suppression', 'import', 'list', '--format', format, ...options]);
  const rows = (await stage.jsonLines('suppression', 'list')) as readonly Listed[];
  return { result, rows: rows.map(({ address, reason }) => [address, reason]), all: rows };
}

describe('import', () => {
  test('of SES: what its API lists, on several lines and pages', async () => {
    const page = (address: string, reason: string) =>
      JSON.stringify(
        {
          SuppressedDestinationSummaries: [
            { EmailAddress: address, Reason: reason, LastUpdateTime: '2025-04-10T21:03:05.007000-05:00' },
          ],
          NextToken: 'x',
        },
        undefined,
        4,
      );
    const { result, rows, all } = await imported(
      'ses',
      `${page('a@example.org', 'BOUNCE')}\n${page('b@example.org', 'COMPLAINT')}\n`,
    );
    expect(result.code).toBe(0);
    expect(rows).toEqual([
      ['a@example.org', 'unknown-address'],
      ['b@example.org', 'complaint'],
    ]);
    expect(all[0]?.created_at).toBe('2025-04-11T02:03:05.007Z');
  });

  test('of SES: the files that its own import takes', async () => {
    const csv = 'recipient1@example.com,BOUNCE\n\nrecipient2@example.com, COMPLAINT\n';
    expect((await imported('ses', csv)).rows).toEqual([
      ['recipient1@example.com', 'unknown-address'],
      ['recipient2@example.com', 'complaint'],
    ]);
    const lines =
      '{"emailAddress": "c@example.com", "reason": "BOUNCE"}\n{"emailAddress": "d@example.com", "reason": "COMPLAINT"}\n';
    expect((await imported('ses', lines)).rows.slice(0, 2)).toEqual([
      ['c@example.com', 'unknown-address'],
      ['d@example.com', 'complaint'],
    ]);
  });

  test('of SendGrid: bounces are the address, blocks are not, and the others are told by their fields', async () => {
    const bounces = JSON.stringify([
      {
        created: 1443651125,
        email: 'gone@example.com',
        reason: "550 5.1.1 The email account doesn't exist",
        status: '5.1.1',
      },
      { created: 1443651126, email: 'blocked@example.com', reason: '554 5.7.1 listed', status: '5.7.1' },
    ]);
    const first = await imported('sendgrid', bounces);
    expect(first.rows).toEqual([
      ['blocked@example.com', 'import'],
      ['gone@example.com', 'unknown-address'],
    ]);
    expect(first.all[1]).toMatchObject({
      created_at: '2015-09-30T22:12:05.000Z',
      evidence: "5.1.1 550 5.1.1 The email account doesn't exist",
    });
    await imported('sendgrid', JSON.stringify([{ created: 1, email: 'spam@example.com', ip: '192.0.2.1' }]));
    const { rows } = await imported('sendgrid', 'email,created\nleft@example.com,1443651141\n');
    expect(rows).toContainEqual(['spam@example.com', 'complaint']);
    expect(rows).toContainEqual(['left@example.com', 'unsubscribe']);
    const said = await imported('sendgrid', 'Email\nsaid@example.com\n', '--reason', 'complaint');
    expect(said.rows).toContainEqual(['said@example.com', 'complaint']);
  });

  test('of Postmark: its dump, with who asked for it', async () => {
    const of = (EmailAddress: string, SuppressionReason: string, Origin: string) => ({
      EmailAddress,
      SuppressionReason,
      Origin,
      CreatedAt: '2019-12-10T08:58:33-05:00',
    });
    const dump = {
      Suppressions: [
        of('a@example.com', 'HardBounce', 'Recipient'),
        of('b@example.com', 'SpamComplaint', 'Recipient'),
        of('c@example.com', 'ManualSuppression', 'Recipient'),
        of('d@example.com', 'ManualSuppression', 'Customer'),
      ],
    };
    const { rows, all } = await imported('postmark', JSON.stringify(dump));
    expect(rows).toEqual([
      ['a@example.com', 'unknown-address'],
      ['b@example.com', 'complaint'],
      ['c@example.com', 'unsubscribe'],
      ['d@example.com', 'manual'],
    ]);
    expect(all[0]?.created_at).toBe('2019-12-10T13:58:33.000Z');
  });

  test('of Mailgun: each of its three lists', async () => {
    const csv =
      'address,code,error,created_at\nbob@example.com,550,"No such, mailbox",Fri, 21 Oct 2011 11:02:55 GMT\n';
    await imported(
      'mailgun',
      csv.replace('Fri, 21 Oct 2011 11:02:55 GMT', '"Fri, 21 Oct 2011 11:02:55 GMT"'),
    );
    await imported('mailgun', 'address,created_at\ncarl@example.com,\n');
    const api = {
      items: [{ address: 'dora@example.com', tags: ['*'], created_at: 'Fri, 21 Oct 2011 11:02:55 UTC' }],
      paging: {},
    };
    const { rows, all } = await imported('mailgun', JSON.stringify(api));
    expect(rows).toEqual([
      ['bob@example.com', 'unknown-address'],
      ['carl@example.com', 'complaint'],
      ['dora@example.com', 'unsubscribe'],
    ]);
    expect(all[0]).toMatchObject({
      created_at: '2011-10-21T11:02:55.000Z',
      evidence: '550 No such, mailbox',
    });
  });

  test('of an answer that is one long line, as servers send it; and of several without a line end', async () => {
    const bounces = (host: string) =>
      JSON.stringify(
        Array.from({ length: 1_000 }, (_, at) => ({
          created: 1_443_651_125 + at,
          email: `gone-${at}@${host}`,
          reason: '550 5.1.1 The email account that you tried to reach does not exist. {[}"\\',
          status: '5.1.1',
        })),
      );
    const { result, rows } = await imported('sendgrid', bounces('a.example') + bounces('b.example'));
    expect(result).toMatchObject({ code: 0, out: 'Imported 2000 addresses.\n' });
    expect(rows[0]).toEqual(['gone-0@a.example', 'unknown-address']);
  });

  test('of an answer with more records than a call takes arguments', { timeout: 60_000 }, async () => {
    // More than are written together, too.
    const count = 130_000;
    stage.pieceBytes = 65_536;
    const records = Array.from({ length: count }, (_, at) => ({ email: `gone-${at}@a.example` }));
    stage.files['list'] = JSON.stringify(records);
    const result = await stage.run(['suppression', 'import', 'list', '--format', 'sendgrid']);
    expect(result).toMatchObject({ code: 0, out: `Imported ${count} addresses.\n` });
  });

  test('of a document is read once, wherever its lines end', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    const rows = Array.from({ length: 500 }, (_, at) => JSON.stringify({ email: `left-${at}@example.com` }));
    stage.files['list'] = `[\n${rows.join('\n,')}\n]\n`;
    const { out } = await stage.run(['suppression', 'import', 'list', '--format', 'sendgrid']);
    expect(out).toBe('Imported 500 addresses.\n');
    const read = parse.mock.calls.filter(([text]) => text.includes('left-0@'));
    parse.mockRestore();
    expect(read.length).toBe(1);
  });

  test('of a line that is not JSON does not take the lines behind it', async () => {
    const lines = ['{"email":"a@example.com"}', '{"email" "b@example.com"}', '{"email":"c@example.com"}'];
    const { result, rows } = await imported('sendgrid', lines.join('\n'));
    expect(result.err).toContain('line 2: it is not JSON');
    expect(rows.map(([address]) => address)).toEqual(['a@example.com', 'c@example.com']);
  });

  test('of unsubscribe groups of SendGrid: objects, and bare addresses', async () => {
    const group = { email: 'a@example.com', group_id: 1, group_name: 'News', created_at: 1_410_986_704 };
    await imported('sendgrid', JSON.stringify({ suppressions: [group] }));
    const { rows, all } = await imported('sendgrid', '["b@example.com","c@example.com"]');
    expect(rows).toEqual([
      ['a@example.com', 'unsubscribe'],
      ['b@example.com', 'unsubscribe'],
      ['c@example.com', 'unsubscribe'],
    ]);
    expect(all[0]?.created_at).toBe('2014-09-17T20:45:04.000Z');
  });

  test.each([
    ['2016-02-02 15:03:12', '2016-02-02T15:03:12.000Z'],
    ['1443651125000', '2015-09-30T22:12:05.000Z'],
    ['1.443651125E+09', '2015-09-30T22:12:05.000Z'],
    ['"Feb 2, 2016 3:03 PM"', '2016-02-02T15:03:00.000Z'],
    ['"Tue, 02 Feb 2016 15:03:12 -0500"', '2016-02-02T20:03:12.000Z'],
    // What a program in Go writes for no time.
    ['"Mon, 01 Jan 0001 00:00:00 UTC"', '2026-11-24T06:12:31.000Z'],
  ])('of the time %s, whatever the time zone of the machine', async (text, expected) => {
    vi.stubEnv('TZ', 'America/New_York');
    const { all } = await imported('sendgrid', `email,created\na@example.com,${text}\n`);
    vi.unstubAllEnvs();
    expect(all.map(({ created_at }) => created_at)).toEqual([expected]);
  });

  test.each(['99999999999999999999', 'soon 1', '"45231,5"'])(
    'of the time %s, which is none, is said by its line, and the others are taken',
    async (text) => {
      const { result, rows } = await imported(
        'sendgrid',
        `email,created\na@example.com,${text}\nb@example.com,1443651125\n`,
      );
      expect(result.code).toBe(1);
      expect(result.err).toMatch(/line 2: created_at .* is no time/);
      expect(rows).toEqual([['b@example.com', 'unsubscribe']]);
    },
  );

  test.each([
    [
      'JSON that does not end',
      'ses',
      '{"SuppressedDestinationSummaries": [',
      'line 1: the JSON does not end',
    ],
    ['an object without an address', 'postmark', '{"Suppressions": [{}]}', 'line 1: it has no address'],
    ['a list of numbers', 'postmark', '[1]', 'line 1: it has no address'],
    [
      'a list in lists without end',
      'ses',
      '['.repeat(50_000) + ']'.repeat(50_000),
      'line 1: it has no address',
    ],
    [
      'a line that is not JSON',
      'ses',
      '{"emailAddress":"a@example.com"}\n{"emailAddress":}\n',
      'line 2: it is',
    ],
    [
      'what stands between objects',
      'ses',
      '{"emailAddress":"a@example.com"}\nnothing\n',
      'line 2: it is not JSON',
    ],
    ['brackets that do not match', 'ses', '{"emailAddress":"a@example.com"]', 'line 1: it is not JSON'],
    ['an address that is none', 'mailgun', 'address\nnobody\n@\n', 'line 2: nobody'],
  ])('%s is said by its line', async (_what, format, text, words) => {
    const { result } = await imported(format, text);
    expect(result.code).toBe(1);
    expect(result.err).toContain(words);
  });
});

describe('export', () => {
  test.each(['ses', 'postmark', 'mailgun', 'sendgrid'])('in the form of %s is read back', async (format) => {
    const complaint =
      '{"address":"spam@example.com","reason":"complaint","created_at":"2024-01-01T00:00:00Z"}';
    const unknown =
      '{"address":"gone@example.com","reason":"unknown-address","evidence":"550 5.1.1 \\"no\\", never"}';
    stage.files['list'] = `${complaint}\n${unknown}\n`;
    await stage.run(['suppression', 'import', 'list']);
    const text = (await stage.run(['suppression', 'export', '--format', format])).out;
    for (const address of ['spam@example.com', 'gone@example.com'])
      await stage.run(['suppression', 'remove', address]);
    expect(await stage.jsonLines('suppression', 'list')).toEqual([]);
    const { rows } = await imported(format, text);
    expect(rows.map(([address]) => address)).toEqual(['gone@example.com', 'spam@example.com']);
    if (format === 'ses' || format === 'postmark')
      expect(rows.map(([, reason]) => reason)).toEqual(['unknown-address', 'complaint']);
  });

  test('has what is asked for: by reason and by stream', async () => {
    const rows = [
      '{"address":"a@example.com","reason":"complaint","scope":"broadcast"}',
      '{"address":"a@example.com","reason":"unsubscribe","scope":"broadcast"}',
      '{"address":"a@example.com","reason":"manual"}',
    ];
    stage.files['list'] = rows.join('\n');
    await stage.run(['suppression', 'import', 'list']);
    const count = async (...options: string[]) =>
      (await stage.jsonLines('suppression', 'list', ...options)).length;
    expect(await count()).toBe(3);
    expect(await count('--stream', 'broadcast')).toBe(2);
    expect(await count('--stream', 'account')).toBe(1);
    expect(await count('--reason', 'complaint')).toBe(1);
    const shown = (await stage.run(['suppression', 'check', 'a@example.com', '--stream', 'broadcast'])).out;
    expect(shown).toContain('is suppressed (manual, the whole account)');
    expect(shown).toContain('Also there: complaint, stream broadcast, which applies too.');
    const removed = (
      await stage.run([
        'suppression',
        'remove',
        'a@example.com',
        '--stream',
        'broadcast',
        '--reason',
        'complaint',
      ])
    ).out;
    expect(removed).toContain('It is still suppressed: manual (account), unsubscribe (broadcast).');
    const other = (await stage.run(['suppression', 'check', 'a@example.com'])).out;
    expect(other).toContain('Also there: unsubscribe, stream broadcast, which says nothing of this stream.');
  });
});
