/**
 * An operator's file of shaping rules for the benchmark: as many as wanted, of which a few are about the mail that is measured and
 * never keep it waiting. What rules cost is then matching, and counting in windows that are never full.
 */
import { writeFileSync } from 'node:fs';
import { rulesText } from '../test/simulation/shaping/rules-text.ts';
import type { WrittenRule } from '../test/simulation/shaping/planned-rules.ts';

/** Beyond what a machine delivers; a second has a limit of its own. */
const NEVER_FULL = 100_000_000;
const NEVER_FULL_A_SECOND = 10_000;

/** Writes `count` rules to `file`; `domain` is that of the recipients. */
export function writeRulesFile(file: string, count: number, domain: string): void {
  writeFileSync(file, rulesText(rulesOf(count, domain), []));
}

function rulesOf(count: number, domain: string): readonly WrittenRule[] {
  const about: readonly WrittenRule[] = [
    { name: 'everything', limits: { messagesPer: { second: NEVER_FULL_A_SECOND }, connections: 500 } },
    { name: 'recipients', match: { domain: [domain] }, limits: { messagesPer: { minute: NEVER_FULL } } },
    { name: 'account', match: { account: ['default'] }, limits: { messagesPer: { hour: NEVER_FULL } } },
  ];
  const others = Array.from({ length: count - about.length }, (_, index): WrittenRule => {
    const match = index % 2 === 0 ? { domain: [`*.d${index}.example`] } : { mx: [`mx${index}.example`] };
    return {
      name: `other-${index}`,
      match,
      limits: { messagesPer: { minute: 100 + index }, connections: 5 },
    };
  });
  return [...others, ...about];
}
