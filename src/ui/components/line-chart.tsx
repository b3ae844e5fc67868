/**
 * Lines over time, with a legend that also says the values of the period that is pointed at. A picture for those who see it: the page
 * has the same numbers in a table. The library that draws is loaded with the first chart.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChartLine } from '../pure/statistics.ts';
import { useLanguage, useText } from '../shell/context.ts';
import type { Drawing } from './chart-drawing.ts';

interface LineChartProps {
  readonly title: string;
  /** Seconds since the epoch, one for each period. */
  readonly seconds: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly by: 'hour' | 'day';
  readonly wordsOfValue: (value: number | null) => string;
}

const HEIGHT = 200;

export function LineChart({ title, seconds, lines, by, wordsOfValue }: LineChartProps) {
  const { statistics: words } = useText();
  const language = useLanguage();
  const host = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const [pointed, setPointed] = useState<number>();
  const [failed, setFailed] = useState(false);
  const scheme = useScheme();
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let drawing: Drawing | undefined;
    let gone = false;
    const resizing = new ResizeObserver(() => drawing?.resize(element.clientWidth));
    import('./chart-drawing.ts').then(
      ({ draw }) => {
        if (gone) return;
        const colors = [...(legend.current?.querySelectorAll('svg') ?? [])].map(colorOf);
        const { fontFamily } = getComputedStyle(element);
        drawing = draw(element, {
          seconds,
          lines: lines.map(({ values, dash }, index) => ({ values, dash, color: colors[index] ?? '' })),
          ink: colorOf(element),
          grid: getComputedStyle(element).borderTopColor,
          font: `12px ${fontFamily}`,
          width: element.clientWidth,
          height: HEIGHT,
          wordsOfValue,
          wordsOfTime: (at) => timeWords(at, isHours(by, seconds), language),
          onPoint: setPointed,
        });
        resizing.observe(element);
      },
      () => gone || setFailed(true),
    );
    return () => {
      gone = true;
      resizing.disconnect();
      drawing?.destroy();
    };
    // What is drawn is made anew with each answer, language and scheme.
  }, [seconds, lines, by, language, scheme, wordsOfValue]);
  const at = pointed === undefined ? undefined : seconds[pointed];
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>{' '}
        <span class="quiet">{at === undefined ? words.total : exactWords(at, by, language)}</span>
        <ul class="legend" ref={legend}>
          {lines.map(({ label, values, total, tone, dash }) => (
            <li key={label}>
              <svg class={`line-${tone}`} width="24" height="8" aria-hidden="true">
                <line x1="0" y1="4" x2="24" y2="4" stroke-dasharray={dash.join(' ')} />
              </svg>
              {label}{' '}
              <strong>{wordsOfValue(pointed === undefined ? total : (values[pointed] ?? null))}</strong>
            </li>
          ))}
        </ul>
      </figcaption>
      {failed ? (
        <p class="quiet">{words.chartsFailed}</p>
      ) : (
        <div class="chart-area" ref={host} role="img" aria-label={words.chartLabel(title)} />
      )}
    </figure>
  );
}

function colorOf(element: Element): string {
  return getComputedStyle(element).color;
}

function isHours(by: 'hour' | 'day', seconds: readonly number[]): boolean {
  return by === 'hour' && seconds.length <= 48;
}

function timeWords(seconds: number, hours: boolean, language: string): string {
  const at = new Date(seconds * 1_000);
  return at.toLocaleString(
    language,
    hours
      ? { timeZone: 'UTC', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
      : { timeZone: 'UTC', day: 'numeric', month: 'short' },
  );
}

function exactWords(seconds: number, by: 'hour' | 'day', language: string): string {
  return new Date(seconds * 1_000).toLocaleString(language, {
    timeZone: 'UTC',
    dateStyle: 'medium',
    ...(by === 'hour' ? { timeStyle: 'short', hourCycle: 'h23' } : {}),
  });
}

/** Changes when light becomes dark or the reverse, by the system or by choice: colours of a picture are read anew then. */
function useScheme(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const change = () => setTurn((old) => old + 1);
    const media = matchMedia('(prefers-color-scheme: dark)');
    const observer = new MutationObserver(change);
    media.addEventListener('change', change);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-scheme'] });
    return () => {
      media.removeEventListener('change', change);
      observer.disconnect();
    };
  }, []);
  return turn;
}
