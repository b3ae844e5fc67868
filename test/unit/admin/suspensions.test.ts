import { describe, expect, test } from 'vitest';
import { resumeDestination, resumeSource, suspend } from '../../../src/admin/suspensions.ts';
import { adminStage, refusal } from './support/admin-stage.ts';

const NO_DETAILS = { untilMs: undefined, reason: undefined };

describe('a suspension', () => {
  test('of a destination stops it, with until when and why, and is taken back', async () => {
    const { context } = adminStage();
    const untilMs = context.clock.now() + 60_000;
    await suspend('destination', 'example.com', { untilMs, reason: 'they asked' }, context);
    expect(await context.reader.destination('example.com')).toMatchObject({ suspended: true });
    expect(await context.reader.suspensions()).toMatchObject([
      { kind: 'destination', subject: 'example.com', untilMs, reason: 'they asked', actor: context.actor },
    ]);
    expect(await resumeDestination('example.com', [], context)).toBe(0);
    expect(await context.reader.destination('example.com')).toMatchObject({ suspended: false });
    expect(await context.reader.suspensions()).toEqual([]);
  });

  test('of a source is taken back once', async () => {
    const { context } = adminStage();
    await suspend('source', 'out-1', NO_DETAILS, context);
    expect(await resumeSource('out-1', context)).toBe(true);
    expect(await resumeSource('out-1', context)).toBe(false);
  });

  test('that would be over already, or has a reason as long as a letter, is refused', async () => {
    const { context } = adminStage();
    const past = { untilMs: context.clock.now(), reason: undefined };
    const long = { untilMs: undefined, reason: 'x'.repeat(201) };
    expect(refusal(await suspend('source', 'out-1', past, context))).toContain('invalid until');
    expect(refusal(await suspend('source', 'out-1', long, context))).toContain('invalid reason');
    expect(await context.reader.suspensions()).toEqual([]);
  });
});
