/** A question to what may never answer: one at a time, and nobody waits for long. */
import { expect, test } from 'vitest';
import { createProbe } from '../../../src/platform/probe.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function stage(keepMs = 0) {
  const clock = new VirtualClock();
  const answers: ((text: string) => void)[] = [];
  const ask = () => new Promise<string>((resolve) => answers.push(resolve));
  return { clock, answers, probe: createProbe({ ask, waitMs: 2_000, keepMs, clock }) };
}

test('however often it is asked, one question is under way', async () => {
  const { clock, answers, probe } = stage();
  const first = probe();
  await clock.advance(2_000);
  expect(await first).toEqual({ kind: 'waits', forMs: 2_000, last: undefined });
  const second = probe();
  const third = probe();
  expect(answers).toHaveLength(1);
  answers[0]!('late');
  expect(await second).toEqual({ kind: 'answered', answer: 'late' });
  expect(await third).toEqual({ kind: 'answered', answer: 'late' });
  expect(clock.pendingTimers).toBe(0);
});

test('while it waits the answer before is told', async () => {
  const { clock, answers, probe } = stage();
  const first = probe();
  answers[0]!('locked');
  await first;
  const second = probe();
  await clock.advance(2_000);
  expect(await second).toEqual({ kind: 'waits', forMs: 2_000, last: 'locked' });
  expect(answers).toHaveLength(2);
});

test('an answer is given again for as long as it is kept', async () => {
  const { clock, answers, probe } = stage(20_000);
  const first = probe();
  answers[0]!('yes');
  await first;
  await clock.advance(19_999);
  expect(await probe()).toEqual({ kind: 'answered', answer: 'yes' });
  expect(answers).toHaveLength(1);
  await clock.advance(1);
  const again = probe();
  expect(answers).toHaveLength(2);
  answers[1]!('no');
  expect(await again).toEqual({ kind: 'answered', answer: 'no' });
});
