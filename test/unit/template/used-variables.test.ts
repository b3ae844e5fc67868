/** Variables that a template reads: as liquidjs says it, where that is right, at a cost that grows with the source alone. */
import { Liquid } from 'liquidjs';
import { describe, expect, it } from 'vitest';
import { usedVariables } from '../../../src/template/used-variables.ts';

const liquid = new Liquid();
const used = (source: string) => [...usedVariables(liquid.parse(source))].sort();

describe('the variables of a template', () => {
  it.each([
    '{{ a }}{{ b.c.d }}{{ e["f"] }}{{ g[h.i] }}{{ [j] }}{{ ["k"].l }}',
    '{{ a | append: b | default: c, allow_false: d }}{{ a | where: "x", e }}',
    '{% assign own = a.b | append: c %}{{ own }}{{ own.more }}',
    '{{ late }}{% assign late = 1 %}{{ late }}',
    '{% capture own %}{{ a }}{% endcapture %}{{ own }}',
    '{% for i in list limit: n offset: o.p %}{{ i }}{{ forloop.index }}{{ a }}{% else %}{{ i2 }}{% endfor %}{{ i }}',
    '{% for i in list %}{% for i in i.inner %}{{ i }}{% endfor %}{{ i }}{% endfor %}{{ forloop }}',
    '{% for i in (a..b.c) %}{{ i }}{% endfor %}',
    '{% tablerow r in rows cols: c %}{{ r }}{{ tablerowloop.col }}{% endtablerow %}',
    '{% if a and b == c %}{{ d }}{% elsif e contains f %}{{ g }}{% else %}{{ h }}{% endif %}',
    '{% unless a %}{{ b }}{% else %}{{ c }}{% endunless %}',
    '{% case a %}{% when b, "x" %}{{ c }}{% when d or e %}{{ f }}{% else %}{{ g }}{% endcase %}',
    '{% cycle g: a, b %}{% cycle c, "d" %}{% increment n %}{{ n }}{% decrement m %}',
    '{% liquid\n assign own = a\n if own\n echo b\n endif\n %}{{ own }}{% echo c | append: d %}',
    '{% comment %}{{ a }}{% endcomment %}{% raw %}{{ b }}{% endraw %}{{ true }}{{ nil }}{{ 1 }}{{ "x" }}',
  ])('are found in %s', (source) => {
    expect(used(source)).toEqual([...liquid.globalVariablesSync(liquid.parse(source))].sort());
  });

  it('are not the properties of texts', () => {
    expect(used('{{ "abc".size }}{{ (1..3).first }}')).toEqual([]);
  });
});
