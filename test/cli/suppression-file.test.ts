/** `relayctl suppression import` and `export`: files of other mailers, files of our own, files that are wrong. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
});
afterEach(async () => await stage.dispose());

interface Exported {
  readonly address: string;
  readonly reason: string;
  readonly scope: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly evidence: string;
}

async function importText(text: string, ...options: readonly string[]) {
  stage.files['list'] = text;
  return await stage.run(['suppression', 'import', 'list', ...options]);
}

async function listed(): Promise<readonly Exported[]> {
  return (await stage.jsonLines('suppression', 'list')) as readonly Exported[];
}

describe('import', () => {
  test('of a bare list, whatever its case and line ends, counts what is new', async () => {
    expect((await importText('\ufeffAlice@Example.ORG\r\n\r\nbob@example.org\nalice@example.org')).out).toBe(
      'Imported 2 addresses; already there: 1.\n',
    );
    expect((await listed()).map(({ address, reason }) => [address, reason])).toEqual([
      ['alice@example.org', 'import'],
      ['bob@example.org', 'import'],
    ]);
  });

  test('of CSV goes by its header, with what a spreadsheet quotes', async () => {
    const csv = [
      'Created,Email,Reason,Stream,Note',
      '2025-03-01T10:00:00Z,a@example.org,hard_bounce,,"550 ""no such user"", said',
      'their server"',
      '1700000000,b@example.org,complaint,broadcast,',
    ].join('\r\n');
    expect((await importText(csv)).code).toBe(0);
    expect(await listed()).toMatchObject([
      {
        address: 'a@example.org',
        reason: 'import',
        scope: 'account',
        created_at: '2025-03-01T10:00:00.000Z',
        evidence: 'hard_bounce: 550 "no such user", said\ntheir server',
      },
      {
        address: 'b@example.org',
        reason: 'complaint',
        scope: 'broadcast',
        created_at: '2023-11-14T22:13:20.000Z',
      },
    ]);
  });

  test.each(['address;reason\na@example.org;complaint\n', 'reason\taddress\ncomplaint\ta@example.org'])(
    'of other separators: %j',
    async (text) => {
      await importText(text);
      expect(await listed()).toMatchObject([{ address: 'a@example.org', reason: 'complaint' }]);
    },
  );

  test('of JSON lines, with options for what rows leave out', async () => {
    const lines = [
      '{"email":"a@example.org","other":1}',
      '{"address":"b@example.org","scope":"account","expires_at":"2030-01-01"}',
    ];
    await importText(
      lines.join('\n'),
      '--stream',
      'broadcast',
      '--expires',
      '30d',
      '--note',
      'left the list',
    );
    expect(await listed()).toMatchObject([
      {
        address: 'a@example.org',
        scope: 'broadcast',
        expires_at: '2026-12-24T06:12:31.000Z',
        evidence: 'left the list',
      },
      { address: 'b@example.org', scope: 'account', expires_at: '2030-01-01T00:00:00.000Z' },
    ]);
  });

  test('names the lines that are wrong and takes the others', async () => {
    const csv = [
      'address,scope,expires_at,created_at',
      'good@example.org,,,',
      'nobody,,,',
      'x@example.org,none,,',
      'x@example.org,,soon,',
      'x@example.org,,,never',
      'x@example.org,,2020-01-01,',
      ',,,',
      'also@good.example,,,',
      'x@example.org,"never closed,,',
      'last@good.example,,,',
    ].join('\n');
    const { code, out, err } = await importText(csv);
    expect(code).toBe(1);
    expect(out).toBe('Imported 3 addresses; expired: 1.\n');
    expect(err.split('\n')).toEqual([
      'relayctl: 6 lines could not be imported',
      expect.stringMatching(/^ {2}line 3: nobody: an address has the form/),
      '  line 4: there is no stream none',
      '  line 5: expires_at soon is no time',
      '  line 6: created_at never is no time',
      '  line 8: it has no address',
      '  line 10: a field begins with a quote that is never closed',
      '  (configuration: no file, the defaults)',
      '',
    ]);
    expect((await listed()).map(({ address }) => address)).toEqual([
      'also@good.example',
      'good@example.org',
      'last@good.example',
    ]);
  });

  test('says the same in JSON', async () => {
    const { code, out, err } = await importText(
      '{"address":"a@b.example"}\n{oops\n[]\nnull\n{"address":7}',
      '--json',
    );
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      rows: 5,
      added: 1,
      kept: 0,
      expired: 0,
      wrong: 4,
      problems: [
        { line: 2, problem: 'it is not JSON' },
        { line: 3, problem: 'it has no address' },
        { line: 4, problem: 'it is not a JSON object' },
        { line: 5, problem: 'it has no address' },
      ],
    });
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'wrong-rows' } });
  });

  test('survives a file that is none', async () => {
    const { code, err } = await importText(`a@b.example\n${'\u0000"'.repeat(100_000)}\nz@b.example`);
    expect(code).toBe(1);
    expect(err).toContain('line 2: ');
    expect((await listed()).map(({ address }) => address)).toEqual(['a@b.example', 'z@b.example']);
  });

  test('fails for a file that is not there, and a stream that is not', async () => {
    expect(await stage.run(['suppression', 'import', 'none'])).toMatchObject({
      code: 1,
      err: 'relayctl: there is no file none\n  (configuration: no file, the defaults)\n',
    });
    expect((await importText('a@b.example', '--stream', 'none')).code).toBe(1);
    expect((await importText('a@b.example', '--format', 'xml')).code).toBe(2);
  });

  test('in pieces of any size reads the same', async () => {
    const text = 'address,evidence\n"ä@exämple.org","first\nsecond"\nb@example.org,x\n';
    for (const pieceBytes of [1, 2, 7]) {
      stage.pieceBytes = pieceBytes;
      expect((await importText(text)).code).toBe(0);
    }
    expect(await listed()).toMatchObject([
      { address: 'b@example.org', evidence: 'x' },
      { address: 'ä@xn--exmple-cua.org', evidence: 'first\nsecond' },
    ]);
  });
});

const SPELLED = [
  ['"a@b"@c.test', String.raw`"a\@b"@c.test`],
  [String.raw`"a\"b;c"@c.test`, String.raw`"A\"\B;c"@c.test`],
  ['"a b"@c.test', String.raw`"a\ b"@C.test`],
  ['stop@c.test', 'ｓtop@c.test'],
  ['ж@xn--e1afmkfd.test', 'Ж@пример.test'],
  [`"${String.raw`\"`}"@c.test`, '＂@c.test'],
] as const;

test.each(['csv', 'json'])('any address that is exported as %s is taken back, once', async (format) => {
  for (const [, spelling] of SPELLED) await stage.text('suppression', 'add', spelling);
  const text = await stage.text('suppression', 'export', '--format', format);
  const before = await listed();
  expect(before.map(({ address }) => address).sort()).toEqual(SPELLED.map(([key]) => key).sort());
  expect((await importText(text)).out).toBe('Imported 0 addresses; already there: 6.\n');
  for (const [key] of SPELLED) await stage.text('suppression', 'remove', key);
  expect((await importText(text)).out).toBe('Imported 6 addresses.\n');
  expect(await listed()).toEqual(before);
});

test('spellings of one address in a file are one entry', async () => {
  const lines = ['address', 'stop@c.test', 'ＳTOP@c.test', '"""stop""@c.test"', '"""st\\op""@c.test"'];
  expect((await importText(lines.join('\n'))).out).toBe('Imported 1 address; already there: 3.\n');
  expect((await listed()).map(({ address }) => address)).toEqual(['stop@c.test']);
});

describe('export', () => {
  beforeEach(async () => {
    await stage.text('account', 'add', 'shop');
    await stage.text('suppression', 'add', 'a@example.org', '--note', 'said "no", twice');
    await stage.text('suppression', 'add', 'b@example.org', '--stream', 'broadcast', '--expires', '30d');
    await stage.text('suppression', 'add', 'c@example.org', '--account', 'shop');
    await stage.text('suppression', 'add', 'gone@example.org', '--expires', '1s');
    await stage.clock.advance(2_000);
  });

  test('is CSV with a header, without what has expired', async () => {
    expect((await stage.text('suppression', 'export')).split('\r\n')).toEqual([
      'address,reason,scope,created_at,expires_at,account,evidence,created_by',
      'a@example.org,manual,account,2026-11-24T06:12:31.000Z,,default,"said ""no"", twice",relayctl:test',
      'b@example.org,manual,broadcast,2026-11-24T06:12:31.000Z,2026-12-24T06:12:31.000Z,default,,relayctl:test',
      'c@example.org,manual,account,2026-11-24T06:12:31.000Z,,shop,,relayctl:test',
      '',
    ]);
    expect(await stage.jsonLines('suppression', 'export', '--account', 'shop')).toMatchObject([
      { address: 'c@example.org', account: 'shop' },
    ]);
  });

  test.each(['csv', 'json'])('as %s is taken back whole', async (format) => {
    const text = await stage.text('suppression', 'export', '--format', format);
    const before = await listed();
    for (const address of ['a@example.org', 'gone@example.org'])
      await stage.text('suppression', 'remove', address);
    await stage.text('suppression', 'remove', 'b@example.org', '--stream', 'broadcast');
    await stage.text('suppression', 'remove', 'c@example.org', '--account', 'shop');
    expect(await listed()).toEqual([]);
    expect((await importText(text)).out).toBe('Imported 3 addresses.\n');
    expect(await listed()).toEqual(before);
  });
});
