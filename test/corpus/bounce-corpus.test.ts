/**
 * Reads the bounce corpus as `relayctl report explain` does, and counts what agrees with what is expected, a result at a
 * time and by half (halves.ts). Skipped where the corpus is not beside the repository. Prints a table, and every miss with
 * CORPUS_MISSES=1.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explainReport } from '../../src/cli/views/explained-report.ts';
import { loadBounceRules } from '../../src/config/bounce-rules.ts';
import { readReport } from '../../src/dsn/read/read-report.ts';
import { corpusExists, readExpected, readMessage, readReadme } from './corpus.ts';
import { HALVES, halfOf, type Half } from './halves.ts';
import { REASON_CLASSES } from './reason-classes.ts';

const MEASURES = {
  recipients: { name: 'recipients found', least: 0.95 },
  status: { name: 'class of the status', least: 0.95 },
  hard: { name: 'hardness', least: 0.93 },
  reason: { name: 'reason as class', least: 0.85 },
} as const;

type Measure = keyof typeof MEASURES;
const ALL_MEASURES = Object.keys(MEASURES) as Measure[];

interface Figures {
  readonly right: Record<Measure, number>;
  results: number;
}

const read = async (bytes: Uint8Array) => ({ kind: 'report' as const, report: await readReport(bytes) });
const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

describe.runIf(corpusExists)('the bounce corpus', () => {
  test('is read as well as promised, in both halves', async () => {
    const figures: Record<Half, Figures> = { work: noFigures(), judge: noFigures() };
    const misses: string[] = [];
    for (const [name, expected] of readExpected()) {
      const half = halfOf(name);
      const { entries } = await explainReport(readMessage(name), rules, read);
      for (const [index, wanted] of expected.entries()) {
        figures[half].results++;
        const entry = entries[index];
        const classes = REASON_CLASSES[wanted.reason] ?? [];
        const agrees: Record<Measure, boolean> = {
          recipients: entries.length === expected.length,
          status: entry !== undefined && (entry.status ?? '').startsWith(wanted.status.slice(0, 1)),
          hard: entry?.found.hard === wanted.hard,
          reason: entry !== undefined && (classes === 'any' || classes.includes(entry.found.class)),
        };
        const missed = ALL_MEASURES.filter((measure) => !agrees[measure]);
        for (const measure of ALL_MEASURES) if (agrees[measure]) figures[half].right[measure]++;
        if (missed.length > 0) {
          const got =
            entry && `${entry.found.class} ${entry.status ?? '-'} ${entry.found.hard ? 'hard' : ''}`;
          misses.push(
            `${half} ${name}: ${missed.join(', ')}; ${JSON.stringify(wanted)}, not ${got ?? 'nothing'}`,
          );
        }
      }
    }
    console.log(table(figures));
    if (process.env['CORPUS_MISSES'] !== undefined) console.log(misses.join('\n'));
    for (const half of HALVES) {
      for (const measure of ALL_MEASURES) {
        const { name, least } = MEASURES[measure];
        const share = figures[half].right[measure] / figures[half].results;
        expect(share, `${name}, ${half} half`).toBeGreaterThanOrEqual(least);
      }
    }
  });

  test('has halves that are whole and of like size', () => {
    const names = readExpected().map(([name]) => name);
    const work = names.filter((name) => halfOf(name) === 'work').length;
    expect(Math.abs(2 * work - names.length)).toBeLessThan(names.length / 5);
  });

  test('maps its reasons by the same table', () => {
    const rows = [...readReadme().matchAll(/^\| ([a-z, ]+) \| ([a-z, -]+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(20);
    for (const [, reasons = '', classes = ''] of rows) {
      for (const reason of reasons.split(', ').filter((word) => word !== 'key')) {
        const listed = REASON_CLASSES[reason];
        expect(listed === 'any' ? 'any' : listed?.join(', '), reason).toBe(classes);
      }
    }
  });
});

function noFigures(): Figures {
  return { right: { recipients: 0, status: 0, hard: 0, reason: 0 }, results: 0 };
}

function table(figures: Readonly<Record<Half, Figures>>): string {
  const rows = ALL_MEASURES.map((measure) => {
    const { name, least } = MEASURES[measure];
    const halves = HALVES.map((half) => {
      const { right, results } = figures[half];
      const share = ((100 * right[measure]) / results).toFixed(1);
      return `${half} ${String(right[measure]).padStart(4)} of ${results} ${share.padStart(5)} %`;
    });
    return `${name.padEnd(20)} ${halves.join('   ')}   (at least ${(100 * least).toFixed(0)} %)`;
  });
  return ['', 'Bounce corpus', ...rows, ''].join('\n');
}
