/**
 * What the rules make of the replies that programs and providers print (sources/). Prints a table, and every miss with
 * CORPUS_MISSES=1.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadBounceRules } from '../../src/config/bounce-rules.ts';
import { BLOCK_REPORTS } from './sources/block-reports.ts';
import { FAMILY_ANSWERS, NAMED_ANSWERS } from './sources/family-answers.ts';
import { FURTHER_ANSWERS } from './sources/further-answers.ts';
import { GATHERED_PROVIDER_REPORTS } from './sources/gathered-provider-reports.ts';
import { GATHERED_RARER_REPORTS } from './sources/gathered-rarer-reports.ts';
import { GATHERED_REPORTS } from './sources/gathered-reports.ts';
import { GATHERED_THIRD } from './sources/gathered-third.ts';
import { KNOWN_REPLIES } from './sources/known-replies.ts';
import { LAST_REPORTS } from './sources/last-reports.ts';
import { LATER_REPORTS } from './sources/later-reports.ts';
import { DOUBTFUL_REPLIES, PARAPHRASED_WORDS } from './sources/paraphrased-replies.ts';
import { QUOTED_REPORTS } from './sources/quoted-reports.ts';
import { paraphrasedReports } from './sources/read-paraphrased.ts';
import { readReports } from './sources/read-reports.ts';
import { judge, readSources } from './sources/read-sources.ts';
import { misreadings, writtenLines } from './sources/read-written.ts';
import { SOURCE_REPORTS } from './sources/source-reports.ts';
import { UNSEEN_REPLIES } from './sources/unseen-replies.ts';
import { WRITTEN_WORDS } from './sources/written-replies.ts';

const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

describe('replies from documents', () => {
  it.each([
    ['known', KNOWN_REPLIES],
    ['unseen', UNSEEN_REPLIES],
  ])('%s: what is not about the recipient suppresses nobody', (name, replies) => {
    const { kept, others, suppressed, gone, classes, misses } = readSources(replies, rules);
    console.log(
      `${name}: others' replies that suppress nobody ${kept} of ${others}, unknown recipients that are suppressed ${suppressed} of ${gone}, right class ${classes} of ${others}`,
    );
    if (process.env['CORPUS_MISSES'] !== undefined) console.log(misses.join('\n'));
    expect(suppressed / gone).toBeGreaterThanOrEqual(0.98);
    expect(kept / others).toBeGreaterThanOrEqual(0.98);
    expect(classes / others).toBeGreaterThanOrEqual(0.9);
  });
});

describe('reports from documents', () => {
  it.each([
    ['first', SOURCE_REPORTS],
    ['later', LATER_REPORTS],
    ['last', LAST_REPORTS],
    ['gathered', GATHERED_REPORTS],
    ['gathered rarer', GATHERED_RARER_REPORTS],
    ['gathered provider', GATHERED_PROVIDER_REPORTS],
    ['quoted', QUOTED_REPORTS],
    ['third gathered', GATHERED_THIRD],
    ['families,', FAMILY_ANSWERS],
    ['further,', FURTHER_ANSWERS],
    ['named,', NAMED_ANSWERS],
    ['several recipients in blocks,', BLOCK_REPORTS],
    ['paraphrased', paraphrasedReports(PARAPHRASED_WORDS)],
  ])('%s: name their recipients, and say what became of them', async (name, reports) => {
    const { wanted, recipients, classes, hard, misses } = await readReports(reports, rules);
    console.log(
      `${name} reports: recipients found ${recipients} of ${wanted}, right class ${classes} of ${wanted}, right hardness ${hard} of ${wanted}`,
    );
    if (process.env['CORPUS_MISSES'] !== undefined) console.log(misses.join('\n'));
    for (const right of [recipients, classes, hard]) expect(right / wanted).toBeGreaterThanOrEqual(0.97);
  });
});

describe('words that sound as if nobody were there', () => {
  it.each(DOUBTFUL_REPLIES.trim().split('\n'))('suppress nobody: %s', (reply) => {
    expect(judge(reply, rules).suppresses).toBe(false);
  });
});

describe('wordings from sources', () => {
  it.each(writtenLines(WRITTEN_WORDS))('$program, $classes: $text', async (words) => {
    expect(await misreadings(words, rules)).toEqual([]);
  });
});
