/** The text format of Prometheus, version 0.0.4. Every family has its HELP and TYPE, also without samples. */
import type { HistogramFigures } from '../../platform/histogram.ts';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** `summary`: quantiles alone. */
export function metric(
  name: string,
  type: 'gauge' | 'counter' | 'summary',
  help: string,
  samples: readonly Sample[],
): string {
  return head(name, type, help) + samples.map(([labels, value]) => line(name, labels, value)).join('');
}

export function histogram(
  name: string,
  help: string,
  series: readonly (readonly [labels: Labels, figures: HistogramFigures])[],
): string {
  return head(name, 'histogram', help) + series.map((one) => histogramLines(name, ...one)).join('');
}

function histogramLines(name: string, labels: Labels, { bounds, counts, sum }: HistogramFigures): string {
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    return line(`${name}_bucket`, { ...labels, le: String(bounds[index] ?? '+Inf') }, total);
  });
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, total)].join('');
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: Labels, value: number): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${written.length === 0 ? '' : `{${written.join(',')}}`} ${value}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? character);
}
