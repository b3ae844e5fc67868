/** Templates: what they are filled with, what they refuse, and what they cannot do. */
import { describe, expect, it } from 'vitest';
import {
  isTemplate,
  parseTemplate,
  renderTemplate,
  type Template,
  type TemplateParts,
  type TemplateVariable,
} from '../../../src/template/template.ts';
import { startCpuTime } from '../../support/cpu-time.ts';

const NONE: TemplateParts = { subject: undefined, html: undefined, text: undefined };

function template(parts: Partial<TemplateParts>, declared?: readonly TemplateVariable[]): Template {
  const parsed = parseTemplate({ ...NONE, ...parts }, declared);
  if (!isTemplate(parsed)) throw new Error(`${parsed.at}: ${parsed.problem}`);
  return parsed;
}

const render = (parts: Partial<TemplateParts>, variables: Record<string, unknown> = {}) =>
  renderTemplate(template(parts), variables);

describe('a template', () => {
  it('fills subject, text and HTML, and escapes in HTML alone', () => {
    const filled = render(
      { subject: 'Hi {{ name }}', text: '{{ name }}\n', html: '<p title="{{ name }}">{{ name }}</p>' },
      { name: `<b>"Ada" & 'Co'</b>` },
    );
    expect(filled).toEqual({
      subject: `Hi <b>"Ada" & 'Co'</b>`,
      text: `<b>"Ada" & 'Co'</b>\n`,
      html: `<p title="&lt;b&gt;&#34;Ada&#34; &amp; &#39;Co&#39;&lt;/b&gt;">&lt;b&gt;&#34;Ada&#34; &amp; &#39;Co&#39;&lt;/b&gt;</p>`,
    });
  });

  it('leaves HTML alone where the template says raw', () => {
    expect(render({ html: '{{ body | raw }}' }, { body: '<b>x</b>' })).toMatchObject({ html: '<b>x</b>' });
  });

  it('derives the text from the HTML when it has none', () => {
    const html =
      '<style>p{}</style><h1>Hello</h1><p>See <a href="https://x.example/?a=1&b=2">your order</a> &amp; more.</p>' +
      '<ul><li>one</li><li>two</li></ul><img src="cid:logo" alt="logo">';
    expect(render({ html })).toMatchObject({
      text: 'Hello\n\nSee your order (https://x.example/?a=1&b=2) & more.\n\n * one\n * two\n',
    });
  });

  it('has loops, conditions and filters', () => {
    const text =
      '{% for item in items %}{{ forloop.index }}. {{ item.name | upcase }}{% unless forloop.last %}, {% endunless %}{% endfor %}';
    expect(render({ text }, { items: [{ name: 'a' }, { name: 'b' }] })).toMatchObject({ text: '1. A, 2. B' });
  });

  it('knows its variables by itself, all of them required', () => {
    const { variables } = template({
      subject: '{{ title }}',
      text: '{% assign own = user.name %}{{ own }}{% for each in list %}{{ each.x }}{% endfor %}{% if flag %}x{% endif %}',
    });
    expect(variables).toEqual(['flag', 'list', 'title', 'user'].map((name) => ({ name, required: true })));
  });

  it.each([
    ['a missing one', {}, 'variables.name', /missing/],
    [
      'an unknown one',
      { name: 'x', nmae: 'y' },
      'variables.nmae',
      /not a variable of this template, which has name/,
    ],
    ['one that everything has', { name: 'x', constructor: 'y' }, 'variables.constructor', /not a variable/],
  ])('refuses %s', (_what, variables, at, problem) => {
    expect(render({ text: '{{ name }}' }, variables)).toEqual({
      at,
      problem: expect.stringMatching(problem) as string,
    });
  });

  it('refuses a hole within a variable', () => {
    expect(render({ text: '{{ user.name }}' }, { user: {} })).toMatchObject({
      at: 'text',
      problem: expect.stringContaining('undefined variable: user.name') as string,
    });
    expect(render({ text: '{{ user.name | default: "you" }}' }, { user: {} })).toMatchObject({ text: 'you' });
  });

  it('lets declared variables be left out that are not required', () => {
    const parsed = template({ text: 'Hi{% if name %} {{ name }}{% endif %}' }, [
      { name: 'name', required: false },
    ]);
    expect(renderTemplate(parsed, {})).toMatchObject({ text: 'Hi' });
    expect(renderTemplate(parsed, { name: 'Ada' })).toMatchObject({ text: 'Hi Ada' });
  });

  it('refuses a subject of more than one line once it is filled', () => {
    expect(render({ subject: 'a {{ b }}', text: 'x' }, { b: 'c\r\nBcc: eve@evil.example' })).toMatchObject({
      at: 'subject',
    });
    expect(render({ subject: ' {{ b }}\n', text: 'x' }, { b: 'c' })).toMatchObject({ subject: 'c' });
  });

  it.each([
    ['syntax', { text: '{{ name' }, 'text'],
    ['an unknown filter', { text: '{{ name | shout }}' }, 'text'],
    ['an unknown tag', { html: '{% php %}' }, 'html'],
    ['an open block', { html: '{% if a %}' }, 'html'],
    ['nothing', {}, 'html'],
    ['no end of blocks', { text: '{% if a %}'.repeat(101) + '{% endif %}'.repeat(101) }, 'text'],
    ['a subject without end', { subject: 'x'.repeat(2_001), text: '' }, 'subject'],
  ])('is refused with %s', (_what, parts, at) => {
    expect(parseTemplate({ ...NONE, ...parts }, undefined)).toMatchObject({ at });
  });

  it.each([
    '{% include "/etc/passwd" %}',
    '{% render "x" %}',
    '{% layout "x" %}',
    '{% block a %}{% endblock %}',
  ])('cannot look elsewhere: %s', (text) => {
    expect(parseTemplate({ ...NONE, text }, undefined)).toMatchObject({ at: 'text' });
  });

  it('reads nothing that is not its variables’ own', () => {
    const text = '{{ name.constructor }}{{ name.__proto__ }}{{ list.toString }}';
    for (const each of text.match(/\{\{[^}]*\}\}/g) ?? [])
      expect(render({ text: each }, each.includes('name') ? { name: { a: 1 } } : { list: [] })).toMatchObject(
        {
          problem: expect.stringContaining('undefined') as string,
        },
      );
  });

  const doubled = '{% assign l = "" | split: "," %}' + '{% assign l = l | push: l %}'.repeat(40);
  it.each([
    ['a long loop', '{% assign n = "100000000" %}{% for i in (1..n) %}x{% endfor %}', /more than 4194304/],
    [
      'loops in loops',
      '{% for i in (1..10000) %}{% for j in (1..10000) %}x{% endfor %}{% endfor %}',
      /steps|ms/,
    ],
    [
      'a string that doubles',
      `{% assign s = "xxxxxxxx" %}${'{% assign s = s | append: s %}'.repeat(40)}{{ s }}`,
      /more than 4194304/,
    ],
    [
      'captures that double',
      `{% assign s = "xxxxxxxx" %}${'{% capture s %}{{ s }}{{ s }}{% endcapture %}'.repeat(40)}{{ s }}`,
      /longer than 2097152|more than 4194304/,
    ],
    ['a list in itself, put out', `${doubled}{{ l }}`, /lists nested deeper than 20/],
    [
      'long text in a loop',
      `{% for i in (1..50000) %}${'x'.repeat(1_000)}{% endfor %}`,
      /longer than 2097152/,
    ],
    [
      'a filter in a filter for each of a list',
      `{% assign a = (1..3000) %}{% assign b = a | where_exp: "i", "a | find_exp: 'j', 'j == -1'" %}`,
      /longer than 100 ms/,
    ],
    ['a date of many digits', '{{ "now" | date: "%1000000000d" }}', /more than 4194304/],
    ['a date of many names', `{{ "now" | date: "${'%A'.repeat(200)}" }}`, /date format longer than 200/],
    ['what quoting doubles', `{{ '"' ${'| json '.repeat(40)}}}`, /more than 4194304/],
  ])('ends soon, and says why, with %s', (_what, text, expected) => {
    const cpuMs = startCpuTime();
    expect(render({ text })).toEqual({ at: 'text', problem: expect.stringMatching(expected) as string });
    expect(cpuMs()).toBeLessThan(2_000);
  });

  it.each([
    ['a name that is none', [{ name: 'a b', required: true }], 'variables.a b'],
    [
      'one twice',
      [
        { name: 'a', required: true },
        { name: 'a', required: true },
      ],
      'variables.a',
    ],
    ['one that is missing', [], 'variables.a'],
    ['a word of the language', [{ name: 'forloop', required: true }], 'variables.forloop'],
  ])('is refused when it declares %s', (_what, declared, at) => {
    expect(parseTemplate({ ...NONE, text: '{{ a }}' }, declared)).toMatchObject({ at });
  });
});
