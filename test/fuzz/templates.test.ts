/**
 * Templates of any source, filled with anything: a problem in words or a message, never an error, within bounds of time and
 * size; and what a variable holds never becomes markup of the HTML part or a second line of the subject.
 */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  isTemplate,
  parseTemplate,
  renderTemplate,
  type TemplateParts,
} from '../../src/template/template.ts';
import { itHolds } from './support/fuzz.ts';
import { wordSoup } from './support/octets.ts';
import { startCpuTime } from '../support/cpu-time.ts';

/** Of processor time, for two renderings of three parts: well over the limit of each. */
const MAX_MS = 3_000;
const MAX_CHARACTERS = 2 * 1024 * 1024;

const PIECES = [
  ...[
    '{{',
    '}}',
    '{%',
    '%}',
    '{{-',
    '-%}',
    ' | ',
    ':',
    ',',
    '.',
    '[',
    ']',
    '"',
    "'",
    ' ',
    '\n',
    'x',
    'y',
    'items',
    '0',
    '-1',
    '1..9',
  ],
  ...[
    '{{ x }}',
    '{{ x | upcase }}',
    '{{ x | append: x }}',
    '{{ y.z }}',
    '{{ y["a"] }}',
    '{{ items | join: ", " }}',
    '{{ x | raw }}',
  ],
  ...[
    '{% if x %}',
    '{% else %}',
    '{% endif %}',
    '{% for i in items %}',
    '{{ i }}',
    '{% endfor %}',
    '{% for i in (1..99999) %}',
  ],
  ...[
    '{% assign x = x | append: x %}',
    '{% capture y %}',
    '{% endcapture %}',
    '{% case x %}',
    '{% when 1 %}',
    '{% endcase %}',
  ],
  ...[
    '{% raw %}',
    '{% endraw %}',
    '{% comment %}',
    '{% endcomment %}',
    '{% include "x" %}',
    '{% render "x" %}',
    '{% layout "x" %}',
  ],
  ...[
    '{% tablerow i in items cols:2 %}',
    '{% endtablerow %}',
    '{% cycle "a", "b" %}',
    '{% increment x %}',
    '{% liquid',
    '{% echo x %}',
  ],
  ...[
    '{% break %}',
    '{% continue %}',
    '{# x #}',
    '{% unless x %}',
    '{% endunless %}',
    '<p>',
    '&amp;',
    '</',
    '<a href="',
    '__proto__',
  ],
  ...[
    '{{ x | split: "" | reverse | join }}',
    '{{ x | date: "%Y" }}',
    '{{ x | times: 9 | divided_by: 0 }}',
    '{{ x.constructor }}',
  ],
  ...[
    '{{ items | map: "a" | where: "b" | sort | uniq }}',
    '{{ x | slice: 0, 99 | truncate: 3 | replace: "a", x }}',
    '{{ x | size }}',
  ],
  ...[
    '{{ items | sum }}',
    '{{ x | json }}',
    '{{ x | strip_html | newline_to_br | url_encode }}',
    '{{ x | default: y }}',
    '{{ forloop.index }}',
  ],
];
const LEAVES = [
  ...[
    'text ',
    '<p>',
    '{{ x }}',
    '{{ y.z | default: x }}',
    '{{ items | join: ", " }}',
    '{{ x | append: x | upcase }}',
    '{{ i }}',
  ],
  ...[
    '{% assign x = x | append: x %}',
    '{% assign a = items | sort %}',
    '{{ x | split: "" | reverse | join }}',
    '{% cycle "a", "b" %}',
  ],
  ...[
    '{{ x | times: 9 | divided_by: 0 }}',
    '{{ x | date: "%Y" }}',
    '{{ items | map: "a" | uniq | size }}',
    '{{ x | json }}',
    '{{ x.constructor }}',
  ],
  ...[
    '{{ x | slice: 0, 9 | truncate: 3 | replace: "a", x }}',
    '{% increment n %}',
    '{{ forloop.index }}',
    '{% echo x %}',
    '{{ items | sum }}',
  ],
];
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: fc.constantFrom(...LEAVES) },
    { weight: 2, arbitrary: fc.tuple(tie('tree'), tie('tree')).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: tie('tree').map((inner) => `{% for i in items %}${inner}{% endfor %}`) },
    { weight: 1, arbitrary: tie('tree').map((inner) => `{% for i in (1..300) %}${inner}{% endfor %}`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('tree'), tie('tree'))
        .map(([one, other]) => `{% if x %}${one}{% else %}${other}{% endif %}`),
    },
    { weight: 1, arbitrary: tie('tree').map((inner) => `{% capture x %}${inner}{% endcapture %}`) },
    {
      weight: 1,
      arbitrary: tie('tree').map((inner) => `{% tablerow i in items cols:2 %}${inner}{% endtablerow %}`),
    },
  ),
}));
/** What is well formed, the same with a piece put in, and any pieces in any order. */
const source = fc.oneof(
  { weight: 4, arbitrary: tree },
  {
    weight: 2,
    arbitrary: fc
      .tuple(tree, fc.nat(200), fc.constantFrom(...PIECES))
      .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at)),
  },
  { weight: 1, arbitrary: wordSoup(PIECES, 14) },
);
const part = fc.option(source, { nil: undefined, freq: 3 });
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x>',
  'a\r\nBcc: b@example.org',
  '{{ x }}',
  '&',
  '\ud800',
  '\0',
  '\u2028',
  'é',
];
const value: fc.Arbitrary<unknown> = fc.oneof(
  wordSoup(HOSTILE, 3),
  fc.jsonValue({ maxDepth: 2 }),
  fc.array(fc.oneof(fc.constantFrom<unknown>(...HOSTILE), fc.integer(), fc.record({ a: fc.string() })), {
    maxLength: 5,
  }),
);

interface Given {
  readonly parts: TemplateParts;
  readonly values: Readonly<Record<string, unknown>>;
}
const given: fc.Arbitrary<Given> = fc.record({
  parts: fc.record({ subject: part, html: part, text: part }),
  values: fc.dictionary(fc.constantFrom('x', 'y', 'items', 'z', '__proto__'), value, { maxKeys: 4 }),
});

const only = (html: string, values: Given['values']): Given => ({
  parts: { subject: undefined, html, text: undefined },
  values,
});
const EXAMPLES: readonly Given[] = [
  only('{% for a in (1..9999999999) %}x{% endfor %}', {}),
  only(
    '{{ "x" | append: "x" }}{% for i in (1..200) %}{% for j in (1..200) %}{% for k in (1..200) %}{{ i }}{% endfor %}{% endfor %}{% endfor %}',
    {},
  ),
  only(`${'{% if x %}'.repeat(90)}${'{% endif %}'.repeat(90)}`, { x: 1 }),
  only('{% assign x = "ab" %}{% for i in (1..64) %}{% assign x = x | append: x %}{% endfor %}{{ x }}', {}),
  only(
    '{% capture a %}{% for i in (1..40000) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{% endfor %}{% endcapture %}{{ a }}{{ a }}',
    {},
  ),
  only('{{ x | replace: "", y }}', { x: 'a'.repeat(5_000), y: 'b'.repeat(5_000) }),
  only('<div>'.repeat(5_000), {}),
  only('<table><tr><td>'.repeat(500), {}),
  only('{{ x | date: y }}', { x: 'now', y: `%${'9'.repeat(9)}d` }),
];

describe('a template', () => {
  itHolds(
    'of anything with anything in it is a message or a problem in words, in bounded time',
    { seed: 991, runs: 250, through: 0.2, examples: EXAMPLES },
    given,
    ({ parts, values }) => {
      const cpuMs = startCpuTime();
      const template = parseTemplate(parts, undefined);
      if (!isTemplate(template)) {
        expectWords(template.problem);
        return false;
      }
      // What it uses and was not given is given: else nearly all would stop there.
      const filled = Object.fromEntries(
        template.variables.map(({ name }) => [name, Object.hasOwn(values, name) ? values[name] : 'v']),
      );
      let filledIn = false;
      for (const each of [values, filled]) {
        const rendered = renderTemplate(template, each);
        if ('problem' in rendered) expectWords(rendered.problem);
        else {
          filledIn = true;
          expect(rendered.subject ?? '').not.toMatch(/\p{Cc}/u);
          expect(rendered.html?.length ?? 0).toBeLessThanOrEqual(MAX_CHARACTERS);
          expect(rendered.text.length).toBeLessThanOrEqual(2 * MAX_CHARACTERS);
        }
      }
      expect(cpuMs()).toBeLessThan(MAX_MS);
      expect(({} as { a?: unknown }).a).toBeUndefined();
      if (!filledIn) return false;
    },
  );

  itHolds(
    'puts no markup out that it does not have itself',
    { seed: 992, runs: 300, through: 0.5 },
    fc.tuple(
      wordSoup(
        [
          '{{ x }}',
          '{{ x | upcase }}',
          '{{ x | append: x }}',
          '{% for i in items %}{{ i }}{% endfor %}',
          '{{ items | join: x }}',
          'text',
          '{% capture c %}{{ x }}{% endcapture %}{{ c }}',
          '{% if x %}{{ x | strip }}{% endif %}',
          '{% assign a = x %}{{ a }}',
          '{{ x | default: "d" }}',
          '{% cycle x, x %}',
          '{% echo x %}',
        ],
        6,
      ),
      value,
    ),
    ([html, x]) => {
      if (/[<>"]/.test(html.replace(/\{[{%][^{}]*[%}]\}/g, ''))) return false;
      const template = parseTemplate({ subject: undefined, html, text: undefined }, [
        { name: 'x', required: false },
        { name: 'items', required: false },
      ]);
      if (!isTemplate(template)) return false;
      const rendered = renderTemplate(template, { x, items: [x, x] });
      if ('problem' in rendered) return false;
      expect(rendered.html).not.toMatch(/[<>"]/);
    },
  );
});

function expectWords(problem: string): void {
  expect(problem.length).toBeGreaterThan(0);
  expect(problem.length).toBeLessThan(1_000);
  expect(problem).not.toMatch(/[\r\n\0]|node_modules|\bat .*\.ts/);
}
