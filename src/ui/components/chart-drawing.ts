/** Draws lines over time with uPlot. Loaded where a chart is shown, and only there: see line-chart.tsx. */
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Drawing {
  readonly resize: (width: number) => void;
  readonly destroy: () => void;
}

export interface Drawn {
  /** Seconds since the epoch. */
  readonly seconds: readonly number[];
  readonly lines: readonly {
    readonly values: readonly (number | null)[];
    readonly color: string;
    readonly dash: readonly number[];
  }[];
  /** Of axes and of the grid, as CSS colours. */
  readonly ink: string;
  readonly grid: string;
  readonly font: string;
  readonly width: number;
  readonly height: number;
  readonly wordsOfValue: (value: number) => string;
  readonly wordsOfTime: (seconds: number) => string;
  /** The period that is pointed at; `undefined`: none. */
  readonly onPoint: (index: number | undefined) => void;
}

const LINE_WIDTH = 1.5;
/** Fewer periods are drawn with a point each: a single one has no line. */
const FEW = 15;
const TIME_AXIS_HEIGHT = 28;
const VALUE_AXIS_WIDTH = 62;

export function draw(element: HTMLElement, drawn: Drawn): Drawing {
  const axis = {
    stroke: drawn.ink,
    font: drawn.font,
    grid: { stroke: drawn.grid, width: 1 },
    ticks: { show: false },
  };
  const plot = new UPlot(
    {
      width: drawn.width,
      height: drawn.height,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false },
      scales: { x: { time: false }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.05 : 1] } },
      axes: [
        {
          ...axis,
          size: TIME_AXIS_HEIGHT,
          space: 70,
          incrs: TIME_STEPS,
          values: (_plot, splits) => splits.map(drawn.wordsOfTime),
        },
        {
          ...axis,
          size: VALUE_AXIS_WIDTH,
          values: (_plot, splits) => splits.map(drawn.wordsOfValue),
        },
      ],
      series: [
        {},
        ...drawn.lines.map(({ color, dash }) => ({
          stroke: color,
          width: LINE_WIDTH,
          dash: [...dash],
          points: { show: drawn.seconds.length < FEW, fill: color, size: 5 },
        })),
      ],
      hooks: { setCursor: [({ cursor }) => drawn.onPoint(cursor.idx ?? undefined)] },
    },
    [[...drawn.seconds], ...drawn.lines.map(({ values }) => [...values])],
    element,
  );
  return {
    resize: (width) => plot.setSize({ width, height: drawn.height }),
    destroy: () => plot.destroy(),
  };
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** Between two marks of the time axis, in seconds. */
const TIME_STEPS = [
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  5 * DAY,
  10 * DAY,
  30 * DAY,
  90 * DAY,
  365 * DAY,
];
