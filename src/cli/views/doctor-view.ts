/**
 * What `relayctl doctor` has found: first what is wrong, each with what to do, then warnings and what could not be told, then
 * what is well, a line each. Of domains alike.
 */
import type { DomainLook } from '../../doctor/look-at-domains.ts';
import { visible } from '../../platform/visible-text.ts';
import type { Finding } from '../../policy/checks/check.ts';
import type { TimedResult } from '../../policy/checks/since.ts';
import { wrap } from '../output/display-width.ts';
import type { CommandContext } from '../program/command-context.ts';
import { checkJson } from './check-view.ts';

type Level = 'wrong' | 'warning' | 'unknown' | 'ok';

const LEVELS: readonly Level[] = ['wrong', 'warning', 'unknown', 'ok'];
const WIDTH_WITHOUT_TERMINAL = 100;

export function levelOf({ ok, unknown, remedy }: Finding): Level {
  if (!ok) return 'wrong';
  if (unknown === true) return 'unknown';
  return remedy === undefined ? 'ok' : 'warning';
}

export function examinedJson(check: TimedResult): object {
  return { ...checkJson(check), level: levelOf(check) };
}

export function domainLookJson({ domain, account, problems, unknown }: DomainLook): object {
  return {
    domain: domain.name,
    account: account.name,
    verified: domain.verifiedAtMs !== undefined,
    ok: problems.every(({ level }) => level !== 'wrong'),
    unknown,
    problems: problems.map(({ problem, level, detail, remedy }) => ({ problem, level, detail, remedy })),
  };
}

export function renderExamined(context: CommandContext, checks: readonly TimedResult[]): string {
  return LEVELS.flatMap((level) => checks.filter((check) => levelOf(check) === level))
    .map((check) => lines(context, levelOf(check), `${check.name}: ${check.detail}`, check.remedy))
    .join('\n');
}

/** A line or more for each domain; `leftOut`: there was no time for so many. */
export function renderLooks(
  context: CommandContext,
  looks: readonly DomainLook[],
  leftOut: number,
): readonly string[] {
  const told = looks.map((look) => renderLook(context, look));
  const rest = lines(
    context,
    'unknown',
    `${leftOut} more domains were not looked at: there was no time`,
    undefined,
  );
  return leftOut > 0 ? [...told, rest] : told;
}

function renderLook(context: CommandContext, { domain, problems, unknown }: DomainLook): string {
  const unverified = domain.verifiedAtMs === undefined ? ' (not verified)' : '';
  const name = `domain ${domain.name}${unverified}`;
  const told = problems.map(({ problem, level, detail, remedy }) =>
    lines(context, level, `${name}: ${problem}: ${detail}`, remedy),
  );
  if (unknown) told.push(lines(context, 'unknown', `${name}: DNS did not tell all of it`, undefined));
  if (told.length === 0) told.push(lines(context, 'ok', `${name}: DKIM, SPF, DMARC and replies`, undefined));
  return told.join('\n');
}

function lines(
  { io, paint }: CommandContext,
  level: Level,
  what: string,
  remedy: string | undefined,
): string {
  const signs = {
    wrong: paint.bad(paint.sign.bad),
    warning: paint.warn('!'),
    unknown: paint.dim('?'),
    ok: paint.good(paint.sign.good),
  };
  const width = (io.columns ?? WIDTH_WITHOUT_TERMINAL) - 6;
  const told = wrap(visible(what), width).map((line, index) => `${index === 0 ? signs[level] : ' '} ${line}`);
  const todo = remedy === undefined ? [] : wrap(visible(remedy), width);
  return [
    ...told,
    ...todo.map((line, index) => `  ${index === 0 ? paint.name('do: ') : '    '}${line}`),
  ].join('\n');
}
