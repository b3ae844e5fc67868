import { PassThrough, type Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DialogueParser } from '../../../../src/smtp/server/dialogue-parser.ts';
import type { ConnectionTurns } from '../../../../src/smtp/server/fair-turns.ts';
import { settled } from '../../../support/virtual-clock.ts';

const HIGH_WATER_MARK = 1024;

/** A parser behind a stream, with turns that a test gives and withholds. */
class Stage {
  open = true;
  waits = false;
  yielded = 0;
  commands: string[] = [];
  ended = false;
  /** Commands are answered at once. */
  answering = true;
  answer: (() => void) | undefined;
  serve: () => void = () => undefined;
  readonly source = new PassThrough({ highWaterMark: HIGH_WATER_MARK });
  readonly parser: DialogueParser;

  constructor() {
    const begin = () => {
      this.waits = !this.open;
      return this.open;
    };
    const turns: ConnectionTurns = {
      begin,
      yield: () => {
        this.waits = true;
        this.yielded++;
      },
      count: () => undefined,
      close: () => (this.waits = false),
      waits: () => this.waits,
    };
    this.parser = new DialogueParser((serve) => {
      this.serve = () => {
        this.waits = false;
        serve();
      };
      return turns;
    });
    this.parser.oncommand = (command, callback) => {
      this.commands.push(command.toString());
      if (this.answering) callback?.();
      else this.answer = callback;
    };
    this.source.on('end', () => (this.ended = true));
    const sink: Writable = this.parser;
    this.source.pipe(sink);
  }
}

describe('a parser whose connection has to wait for its turn', () => {
  it('looks at nothing before, and at all of it then, in order', async () => {
    const stage = new Stage();
    stage.open = false;
    stage.source.write('one\r\ntw');
    await settled();
    stage.source.write('o\r\nthree\r\n');
    await settled();
    expect([stage.commands, stage.parser.hasInput, stage.parser.waitsForTurn]).toEqual([[], true, true]);
    stage.open = true;
    stage.serve();
    await settled();
    expect(stage.commands).toEqual(['one', 'two', 'three']);
  });

  it('leaves what was read with its source: no more than that takes is held', async () => {
    const stage = new Stage();
    stage.open = false;
    const lines = Array.from({ length: 1000 }, (_, i) => `command ${i}`);
    let full = false;
    for (const line of lines) full = !stage.source.write(`${line}\r\n`);
    await settled();
    expect(full).toBe(true);
    expect(stage.source.readableLength).toBeLessThan(2 * HIGH_WATER_MARK);
    stage.open = true;
    stage.serve();
    for (let i = 0; i < lines.length && stage.commands.length < lines.length; i++) {
      await settled();
      if (stage.waits) stage.serve();
    }
    expect(stage.commands).toEqual(lines);
  });

  it('hears of the end after what came before it', async () => {
    const stage = new Stage();
    stage.open = false;
    stage.source.end('one\r\ntwo');
    await settled();
    expect(stage.ended).toBe(false);
    stage.open = true;
    stage.serve();
    await settled();
    expect([stage.commands, stage.ended]).toEqual([['one', 'two'], true]);
  });

  it('goes on after an answer in a turn of its own, also when the end has come', async () => {
    const stage = new Stage();
    stage.answering = false;
    stage.source.end('one\r\ntwo\r\n');
    await settled();
    stage.source.resume();
    await settled();
    expect([stage.commands, stage.ended]).toEqual([['one'], true]);
    stage.open = false;
    stage.answer?.();
    expect([stage.commands, stage.parser.waitsForTurn]).toEqual([['one'], true]);
    stage.serve();
    expect(stage.commands).toEqual(['one', 'two']);
  });

  it('lets others go first after twenty commands', async () => {
    const stage = new Stage();
    stage.source.write('NOOP\r\n'.repeat(50));
    await settled();
    expect([stage.commands.length, stage.yielded]).toEqual([20, 1]);
    stage.serve();
    await settled();
    expect([stage.commands.length, stage.yielded]).toEqual([40, 2]);
    stage.serve();
    await settled();
    expect([stage.commands.length, stage.parser.waitsForTurn]).toEqual([50, false]);
  });

  it('looks at nothing any more when it is retired', async () => {
    const stage = new Stage();
    stage.open = false;
    stage.source.write('one\r\n');
    await settled();
    stage.parser.retire();
    expect([stage.waits, stage.parser.waitsForTurn]).toEqual([false, false]);
    stage.serve();
    stage.source.write('two\r\n');
    await settled();
    expect(stage.commands).toEqual([]);
  });
});
