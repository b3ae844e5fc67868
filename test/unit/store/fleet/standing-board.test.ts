import { describe, expect, it } from 'vitest';
import { processTimeMs } from '../../../../src/platform/clock.ts';
import { BoardWriter, createStandingBoard, readStanding } from '../../../../src/store/standing-board.ts';

/** A thread whose clock began a thousand seconds later than the process. */
const clock = { monotonic: () => processTimeMs() - 1_000_000 };

describe('the standing of a node', () => {
  it('allows nothing before the first renewal', () => {
    const standing = readStanding(createStandingBoard(), clock);
    expect(standing.holdsUntilMs()).toBeLessThan(clock.monotonic());
    expect(standing.holds('events')).toBeUndefined();
    expect(standing).toMatchObject({ draining: false, nodes: 1, life: 0 });
  });

  it('is read by the clock of each thread', () => {
    const board = createStandingBoard();
    const standing = readStanding(board, clock);
    const writer = new BoardWriter(board);
    writer.begins(7);
    writer.renewed(processTimeMs() + 15_000);
    writer.nodes(3);
    writer.draining(true);
    expect(standing.holdsUntilMs() - clock.monotonic()).toBeGreaterThan(14_000);
    expect(standing.holdsUntilMs() - clock.monotonic()).toBeLessThan(15_001);
    expect(standing).toMatchObject({ draining: true, nodes: 3, life: 7 });
  });

  it('takes outcomes unless some wait, and says so to each thread', () => {
    const board = createStandingBoard();
    const standing = readStanding(board, clock);
    expect(standing.takesOutcomes).toBe(true);
    new BoardWriter(board).waits(true);
    expect(standing.takesOutcomes).toBe(false);
    new BoardWriter(board).waits(false);
    expect(standing.takesOutcomes).toBe(true);
  });

  it('has duties as long as its lease holds', () => {
    const board = createStandingBoard();
    const standing = readStanding(board, clock);
    const writer = new BoardWriter(board);
    writer.renewed(processTimeMs() + 15_000);
    writer.duties(new Map([['webhooks', 4]]));
    expect(standing.holds('webhooks')).toBe(4);
    expect(standing.holds('retention')).toBeUndefined();
    writer.renewed(processTimeMs() - 1);
    expect(standing.holds('webhooks')).toBeUndefined();
  });

  it('loses all of it with its life', () => {
    const board = createStandingBoard();
    const standing = readStanding(board, clock);
    const writer = new BoardWriter(board);
    writer.renewed(processTimeMs() + 15_000);
    writer.duties(new Map([['webhooks', 4]]));
    writer.begins(8);
    writer.renewed(processTimeMs() + 15_000);
    expect(standing.holds('webhooks')).toBeUndefined();
  });
});
