/**
 * Small readers of text: durations, times, encoded words, lines and comma-separated values. What is written is read back,
 * what is read is a value or nothing, and no cut of a file shows.
 */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { CsvReader, csvLine } from '../../src/admin/suppression-files/csv.ts';
import { readLines, type NumberedLine } from '../../src/admin/suppression-files/line-reader.ts';
import { decodeAllEncodedWords, decodeEncodedWords, summarize } from '../../src/message/encoded-words.ts';
import { formatDurationMs, parseDurationMs, parseSizeBytes } from '../../src/platform/duration.ts';
import { parseRfc3339 } from '../../src/platform/rfc3339.ts';
import { itHolds } from './support/fuzz.ts';
import { cuts, pieces, soup, wordSoup } from './support/octets.ts';

describe('a duration', () => {
  itHolds(
    'is read as it is written',
    { seed: 1_011, runs: 500 },
    fc.nat(Number.MAX_SAFE_INTEGER),
    (durationMs) => {
      expect(parseDurationMs(formatDurationMs(durationMs))).toBe(durationMs);
    },
  );

  itHolds(
    'or a size, of any text is no less than nothing',
    { seed: 1_012, runs: 500 },
    wordSoup(['1', '0', '.', 'm', 's', 'd', 'h', 'ms', ' ', '-', 'e9', 'MiB', 'KiB', 'B', 'Infinity'], 5),
    (text) => {
      for (const value of [parseDurationMs(text), parseSizeBytes(text)]) expect((value ?? 0) >= 0).toBe(true);
    },
  );
});

describe('a time', () => {
  const time = fc.date({
    min: new Date('0100-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  itHolds('is read as programs write it', { seed: 1_013, runs: 500 }, time, (date) => {
    expect(parseRfc3339(date.toISOString())).toBe(date.getTime());
    expect(parseRfc3339(date.toISOString().replace('Z', '-00:00').replace('T', 't'))).toBe(date.getTime());
  });

  itHolds(
    'that is read is one that the platform reads the same way',
    { seed: 1_014, runs: 1_000 },
    fc
      .tuple(
        fc.nat(9_999),
        fc.nat(14),
        fc.nat(33),
        fc.nat(25),
        fc.nat(61),
        fc.nat(59),
        fc.constantFrom('Z', '+00:00', '-23:59', '+24:00', ''),
      )
      .map(([year, month, day, hour, minute, second, zone]) => {
        const two = (value: number) => String(value).padStart(2, '0');
        const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
        return `${date}T${two(hour)}:${two(minute)}:${two(second)}${zone}`;
      }),
    (text) => {
      const atMs = parseRfc3339(text);
      if (atMs !== undefined) expect(atMs).toBe(Date.parse(text));
    },
  );
});

const ENCODED = [
  ...[
    '=?utf-8?q?',
    '=?UTF-8*en?B?',
    '=?iso-2022-jp?b?',
    '=?x-unknown?q?',
    '=?',
    '?=',
    '?',
    '=C3=A4',
    'w6Q=',
    '=',
    ' ',
    '\r\n ',
    '_',
  ],
  ...['GyRC', '=00', '=0D=0A', '\0', 'text', 'é', '\ud800', '=F0=9F=98=80', '=E2=80=A8', 'x'.repeat(500)],
];

describe('encoded words', () => {
  itHolds(
    'of anything make a summary of one short line',
    { seed: 1_015, runs: 800, examples: ['=?iso-2022-jp?b?=F0=9F=98=80?=?utf-8?q?'] },
    wordSoup(ENCODED, 14),
    (text) => {
      expect(typeof decodeEncodedWords(text)).toBe('string');
      expect(typeof decodeAllEncodedWords(text)).toBe('string');
      const summary = summarize(text, 200);
      expect(summary.length).toBeLessThanOrEqual(200);
      expect(summary).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      if (text.isWellFormed()) expect(summary.isWellFormed()).toBe(true);
    },
  );
});

async function linesOf(parts: readonly Uint8Array[]): Promise<NumberedLine[]> {
  const all: NumberedLine[] = [];
  for await (const lines of readLines(chunks(parts))) all.push(...lines);
  return all;
}

async function* chunks(parts: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts;
}

const FILE_ALPHABET = [
  'a,b\n',
  '\r\n',
  '\n',
  '\r',
  '"',
  '""',
  ',',
  'a@example.org',
  '\xc3\xa9',
  '\xc3',
  '\xef\xbb\xbf',
  '\xf0\x9f\x98\x80',
  ' ',
  'y'.repeat(30_000),
];

/** Node.js leaves out a mark in the midst of a text as well, when the character at its start was cut. */
function withOneMark(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/(?<!^)\xef\xbb\xbf/g, ''), 'latin1');
}

describe('a file', () => {
  itHolds<readonly [Buffer, readonly number[]]>(
    'has the same lines in every cut',
    {
      seed: 1_016,
      runs: 400,
      examples: [
        [Buffer.from(`${'x'.repeat(70_000)}\nb\n`), [69_000]],
        [Buffer.from([0x61, 0xc3]), []],
      ],
    },
    fc.tuple(soup(FILE_ALPHABET, 20).map(withOneMark), cuts),
    async ([bytes, at]) => {
      const lines = await linesOf(pieces(bytes, at));
      expect(lines).toEqual(await linesOf([bytes]));
      expect(lines.map(({ number }) => number)).toEqual(lines.map((_line, index) => index + 1));
      const text = new TextDecoder().decode(bytes);
      if (lines.every(({ cut }) => !cut))
        expect(lines.map((line) => line.text).join('\n')).toBe(
          text.replace(/\n$/, '').replaceAll(/\r(?=\n)|\r$/g, ''),
        );
    },
  );

  itHolds(
    'of comma-separated values is read as it is written',
    { seed: 1_017, runs: 400 },
    fc.tuple(
      fc.array(
        fc.array(wordSoup(['a', '"', '""', ',', ';', '\t', '\n', ' ', 'é', 'a@example.org'], 4), {
          minLength: 2,
          maxLength: 4,
        }),
        { minLength: 1, maxLength: 5 },
      ),
      cuts,
    ),
    async ([rows, at]) => {
      // Line ends within a field are read as LF.
      const written = rows.map((fields) =>
        fields.map((field) => field.toWellFormed().replace(/[\r\ufeff]/g, '')),
      );
      const bytes = Buffer.from(written.map(csvLine).join(''));
      const reader = new CsvReader();
      const records = (await linesOf(pieces(bytes, at))).flatMap((line) => reader.push(line));
      records.push(...reader.end());
      expect(records.map((record) => ('fields' in record ? record.fields : record.problem))).toEqual(written);
    },
  );
});
