/** Reads the text format of Prometheus, as far as tests ask. */

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Sorted, without `le`. */
  readonly labels: readonly string[];
}

export function familiesOf(text: string): readonly Family[] {
  const found = text.matchAll(/^# HELP (\w+) (.+)\n# TYPE \w+ (\w+)\n((?:[^#].*\n)*)/gm);
  return [...found].map(([, name = '', help = '', type = '', samples = '']) => ({
    name,
    type,
    help,
    labels: [...new Set([...samples.matchAll(/[{,](\w+)="/g)].map(([, label]) => label ?? ''))]
      .filter((label) => label !== 'le')
      .sort(),
  }));
}

/** The value of a series, written as in the text; `undefined`: it is not there. */
export function sampleOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
