/** Figures of another thread: the last answer stands while there is no newer one. */
import { expect, test } from 'vitest';
import { lastAnswerOf } from '../../../src/platform/last-answer.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

test('a thread that does not answer in time leaves its last figures, and is asked no second time meanwhile', async () => {
  const clock = new VirtualClock();
  const questions: PromiseWithResolvers<number>[] = [];
  const ask = lastAnswerOf({
    clock,
    waitMs: 1_000,
    ask: () => {
      const question = Promise.withResolvers<number>();
      questions.push(question);
      return question.promise;
    },
  });
  const first = ask();
  questions[0]?.resolve(7);
  expect(await first).toEqual({ value: 7, answered: true });

  const second = ask();
  await clock.advance(1_000);
  expect(await second).toEqual({ value: 7, answered: false });

  const third = ask();
  questions[1]?.resolve(8);
  expect(await third).toEqual({ value: 8, answered: true });
  expect(questions).toHaveLength(2);
});

test('a thread that is not there has no figures', async () => {
  const ask = lastAnswerOf({
    clock: new VirtualClock(),
    waitMs: 1_000,
    ask: () => Promise.reject(new Error('not there')),
  });
  expect(await ask()).toEqual({ value: undefined, answered: false });
});
