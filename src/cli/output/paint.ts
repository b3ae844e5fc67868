/** Colours and signs, when the terminal has them. Meaning never hangs on a colour alone: the words say it too. */
import type { DeliveryState } from '../../policy/delivery-state.ts';

type Brush = (text: string) => string;

export interface Paint {
  readonly bold: Brush;
  readonly dim: Brush;
  readonly good: Brush;
  readonly warn: Brush;
  readonly bad: Brush;
  readonly name: Brush;
  readonly sign: Signs;
}

interface Signs {
  readonly good: string;
  readonly bad: string;
  readonly waiting: string;
  readonly stopped: string;
  readonly cut: string;
  readonly bar: string;
  readonly arrow: string;
}

const UNICODE_SIGNS: Signs = {
  good: '✓',
  bad: '✗',
  waiting: '…',
  stopped: '‖',
  cut: '…',
  bar: '│',
  arrow: '→',
};
const ASCII_SIGNS: Signs = {
  good: '+',
  bad: 'x',
  waiting: '~',
  stopped: '=',
  cut: '...',
  bar: '|',
  arrow: '->',
};

/** Numbers of all that is switched on and off here (ECMA-48 §8.3.117). */
const SWITCHES = {
  bold: [1, 22],
  dim: [2, 22],
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  name: [36, 39],
} as const;
/** The same, each as often as it occurs. */
export const COLORS: readonly number[] = Object.values(SWITCHES).flat();

const plain: Brush = (text) => text;
const ansi =
  ([on, off]: readonly [number, number]): Brush =>
  (text) =>
    text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;

export function createPaint({
  color,
  unicode,
}: {
  readonly color: boolean;
  readonly unicode: boolean;
}): Paint {
  const sign = unicode ? UNICODE_SIGNS : ASCII_SIGNS;
  if (!color) return { bold: plain, dim: plain, good: plain, warn: plain, bad: plain, name: plain, sign };
  return {
    bold: ansi(SWITCHES.bold),
    dim: ansi(SWITCHES.dim),
    good: ansi(SWITCHES.good),
    warn: ansi(SWITCHES.warn),
    bad: ansi(SWITCHES.bad),
    name: ansi(SWITCHES.name),
    sign,
  };
}

/** How a delivery's state is shown everywhere: its sign and its brush. */
export function stateLook(
  state: DeliveryState,
  paint: Paint,
): { readonly sign: string; readonly brush: Brush } {
  switch (state) {
    case 'delivered':
      return { sign: paint.sign.good, brush: paint.good };
    case 'bounced':
    case 'expired':
      return { sign: paint.sign.bad, brush: paint.bad };
    case 'suppressed':
    case 'cancelled':
    case 'held':
      return { sign: paint.sign.stopped, brush: paint.warn };
    case 'deferred':
      return { sign: paint.sign.waiting, brush: paint.warn };
    case 'scheduled':
    case 'queued':
      return { sign: paint.sign.waiting, brush: paint.name };
  }
}
