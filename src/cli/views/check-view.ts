/** The checks of the relay as text and JSON. A failed check has lines of its own with its remedy; passed ones share a line. */
import { timestamp } from '../../api-json/timestamp.ts';
import type { TimedResult } from '../../policy/checks/since.ts';
import { visible } from '../../platform/visible-text.ts';
import type { CommandContext } from '../program/command-context.ts';
import { wrap } from '../output/display-width.ts';
import { span } from '../output/time-words.ts';

const WIDTH_WITHOUT_TERMINAL = 100;

export function checkJson({ name, ok, sinceMs, detail, remedy }: TimedResult): object {
  return {
    name,
    ok,
    since: sinceMs === undefined ? null : timestamp(sinceMs),
    detail,
    remedy: remedy ?? null,
  };
}

export function renderChecks(context: CommandContext, checks: readonly TimedResult[]): string {
  const { paint } = context;
  const lines = checks.filter(({ ok }) => !ok).flatMap((check) => failedLines(context, check));
  const well = checks.filter(({ ok }) => ok).map(({ name }) => name);
  if (well.length > 0) lines.push(`${paint.good(paint.sign.good)} checks passed: ${well.join(', ')}`);
  return lines.join('\n');
}

function failedLines({ io, paint, nowMs }: CommandContext, check: TimedResult): readonly string[] {
  const { name, detail, sinceMs, remedy } = check;
  const since = sinceMs === undefined ? '' : ` (for ${span(Math.max(0, nowMs - sinceMs))})`;
  // Of relayd the sentence names it.
  const words = `${name === 'relayd' ? '' : `${name}: `}${detail}${since}`;
  const width = (io.columns ?? WIDTH_WITHOUT_TERMINAL) - 6;
  const what = wrap(visible(words), width).map((line, index) =>
    index === 0 ? `${paint.bad(paint.sign.bad)} ${line}` : `  ${line}`,
  );
  const todo = remedy === undefined ? [] : wrap(visible(remedy), width);
  return [...what, ...todo.map((line, index) => `  ${index === 0 ? paint.name('do: ') : '    '}${line}`)];
}
