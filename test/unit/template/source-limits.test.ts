/** What a template's source may not hold is said before anything expensive looks at it. */
import { describe, expect, it } from 'vitest';
import {
  MAX_BRACKETS,
  MAX_FILTERS,
  MAX_NESTING,
  MAX_PART_CHARACTERS,
  MAX_RANGE,
  MAX_TAG_CHARACTERS,
  MAX_TAGS,
  MAX_TOKENS,
  sourceProblem,
} from '../../../src/template/source-limits.ts';

describe('the source of a template', () => {
  it.each([
    ['characters', 'x'.repeat(MAX_PART_CHARACTERS + 1), /longer than 524288 characters/],
    ['tags', '{{a}}'.repeat(MAX_TAGS + 1), /more than 10000 tags and outputs/],
    ['a condition of 500 KB', `{% if ${'a or '.repeat(100_000)}a %}{% endif %}`, /tag is longer than 16384/],
    ['a tag without end', `{% if ${'x'.repeat(MAX_TAG_CHARACTERS)}`, /longer than 16384 .*no end/],
    ['an output without end', `{{ "${'}}'.repeat(MAX_TAG_CHARACTERS)}`, /longer than 16384 .*no end/],
    ['words of a tag', `{% if ${'a or '.repeat(MAX_TOKENS / 2)}a %}`, /more than 1000 words and signs/],
    ['filters', `{{ a ${'| upcase '.repeat(MAX_FILTERS + 1)}}}`, /more than 50 filters/],
    ['brackets', `{{ a${'[a'.repeat(MAX_BRACKETS + 1)} }}`, /brackets are nested deeper than 20/],
    ['a range', '{% for i in (1..100000000) %}', /more than 50000 numbers: \(1\.\.100000000\)/],
    ['a range that a number cannot leave', '{% for i in (9007199254740991..9007199254740993) %}', /a range/],
    ['blocks', '{% if a %}'.repeat(MAX_NESTING + 1), /nested deeper than 100/],
    ['blocks in liquid tags', `{% liquid ${'\nif a'.repeat(MAX_NESTING + 1)} %}`, /nested deeper than 100/],
    ['statements of liquid tags', `{% liquid${'\na'.repeat(900)} %}`.repeat(12), /more than 10000 tags/],
  ])('is refused for too many, or too much: %s', (_what, source, expected) => {
    expect(sourceProblem(source)).toMatch(expected);
  });

  it.each([
    ['as much text as it may have', 'x'.repeat(MAX_PART_CHARACTERS)],
    ['as many tags', '{{a}}'.repeat(MAX_TAGS)],
    ['a long text in a tag', `{% assign a = "${'x'.repeat(16_000)}" %}`],
    ['braces that are no tags', '@media print { a { color: red } }'.repeat(5_000)],
    ['braces of a script in raw', `{% raw %}${'{{ {% a '.repeat(20_000)}{% endraw %}{{ b }}`],
    ['a pipe in quotes', `{{ a | split: "${'|'.repeat(100)}" }}`],
    ['a range as long as it may be', `{% for i in (1..${MAX_RANGE}) %}`],
    ['blocks beside blocks', '{% if a %}{% endif %}'.repeat(4_000)],
    ['what does not end', '{{ name'],
  ])('may have %s', (_what, source) => {
    expect(sourceProblem(source)).toBeUndefined();
  });

  it('is told where, by line', () => {
    expect(sourceProblem(`one\n\n{% for i in (1..99999999) %}`)).toMatch(/^line 3: a range/);
  });
});
