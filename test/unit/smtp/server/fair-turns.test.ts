import { describe, expect, it } from 'vitest';
import { FairTurns, type ConnectionTurns } from '../../../../src/smtp/server/fair-turns.ts';
import type { EventLoop } from '../../../../src/platform/event-loop.ts';

const SHARE_MS = 1;

/** The loop, played by hand: a clock that work moves, ticks that run when work ends, turns that come when asked for. */
class Loop implements EventLoop {
  nowMs = 0;
  clockReads = 0;
  turnsAsked = 0;
  #ticks: (() => void)[] = [];
  #turn: (() => void) | undefined;
  readonly clock = {
    monotonic: () => {
      this.clockReads++;
      return this.nowMs;
    },
  };

  nextTurn(callback: () => void): void {
    expect(this.#turn).toBeUndefined();
    this.turnsAsked++;
    this.#turn = callback;
  }

  settled(callback: () => void): void {
    this.#ticks.push(callback);
  }

  /** Code runs, then what it set off. */
  run(code: () => void): void {
    code();
    for (let tick = this.#ticks.shift(); tick !== undefined; tick = this.#ticks.shift()) tick();
  }

  get turnDue(): boolean {
    return this.#turn !== undefined;
  }

  /** The loop has looked for input: the turn that was asked for. */
  turn(): void {
    const callback = this.#turn;
    this.#turn = undefined;
    if (callback !== undefined) this.run(callback);
  }
}

interface Connection {
  readonly connection: ConnectionTurns;
  /** Octets come in that are work for `workMs`. */
  receive(workMs?: number): void;
}

class Stage {
  readonly loop = new Loop();
  readonly turns = new FairTurns({ clock: this.loop.clock, loop: this.loop, shareMs: SHARE_MS });
  /** Who was served, in order. */
  served: string[] = [];

  /** Somebody else is there, or nothing would ever wait. */
  readonly bystander = this.connect('bystander', 'bystander', 0, '198.51.100.1');

  constructor() {
    this.bystander.receive(0);
    this.served = [];
  }

  connect(
    name: string,
    account: string | (() => string | undefined),
    defaultMs = 0.25,
    network = '192.0.2.1',
  ): Connection {
    const pending: number[] = [];
    const work = () => {
      this.served.push(name);
      for (const workMs of pending.splice(0)) this.loop.nowMs += workMs;
    };
    const connection = this.turns.open(network, typeof account === 'string' ? () => account : account, work);
    return {
      connection,
      receive: (workMs = defaultMs) => {
        pending.push(workMs);
        this.loop.run(() => {
          if (connection.begin()) work();
        });
      },
    };
  }

  /** What is served while `code` runs. */
  during(code: () => void): string[] {
    this.served = [];
    code();
    return this.served;
  }
}

describe('fair turns', () => {
  it('serve a flow at once while it has not used its share, and queue it then', () => {
    const stage = new Stage();
    const connections = Array.from({ length: 20 }, (_, i) => stage.connect(`flood ${i}`, 'flood'));
    const atOnce = stage.during(() => connections.forEach((one) => one.receive()));
    // Four quarters of a millisecond.
    expect(atOnce).toEqual(['flood 0', 'flood 1', 'flood 2', 'flood 3']);
    expect(connections.map(({ connection }) => connection.waits())).toEqual(
      [...Array<boolean>(20)].map((_, i) => i > 3),
    );
    expect(stage.loop.turnsAsked).toBe(1);
  });

  it('serve another flow at once, however much of the first waits', () => {
    const stage = new Stage();
    const flood = Array.from({ length: 20 }, (_, i) => stage.connect(`flood ${i}`, 'flood'));
    const quiet = stage.connect('quiet', 'quiet');
    flood.forEach((one) => one.receive());
    expect(stage.during(() => quiet.receive())).toEqual(['quiet']);
    stage.loop.turn();
    expect(stage.during(() => quiet.receive())).toEqual(['quiet']);
  });

  it('catch up with one share a turn, in the order in which connections came', () => {
    const stage = new Stage();
    const flood = Array.from({ length: 12 }, (_, i) => stage.connect(`${i}`, 'flood'));
    flood.forEach((one) => one.receive());
    expect(stage.during(() => stage.loop.turn())).toEqual(['4', '5', '6', '7']);
    expect(stage.during(() => stage.loop.turn())).toEqual(['8', '9', '10', '11']);
    expect(stage.loop.turnDue).toBe(false);
  });

  it('take flows that wait in turn', () => {
    const stage = new Stage();
    const [a, b, c] = ['a', 'b', 'c'].map((flow) =>
      Array.from({ length: 4 }, (_, i) => stage.connect(`${flow}${i}`, flow, 0.125)),
    );
    // Each uses up its share first.
    for (const flow of [a, b, c]) flow?.[3]?.receive(SHARE_MS);
    for (const one of [...(a ?? []).slice(0, 3), ...(b ?? []).slice(0, 2), ...(c ?? []).slice(0, 1)])
      one.receive();
    expect(stage.during(() => stage.loop.turn())).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'a2']);
  });

  it('go on with the next flow in the next turn', () => {
    const stage = new Stage();
    const connections = ['a', 'b', 'c'].map((flow) => stage.connect(flow, flow));
    const more = stage.connect('a again', 'a');
    for (const one of connections) one.receive(SHARE_MS);
    for (const one of connections) one.receive(SHARE_MS);
    more.receive(SHARE_MS);
    const turns = [1, 2, 3, 4].map(() => stage.during(() => stage.loop.turn()));
    expect(turns).toEqual([['a'], ['b'], ['c'], ['a again']]);
  });

  it('serve a second flow that waits in the very next turn', () => {
    const stage = new Stage();
    const flood = Array.from({ length: 20 }, () => stage.connect('flood', 'flood'));
    const quiet = stage.connect('quiet', 'quiet');
    flood.forEach((one) => one.receive());
    quiet.receive(SHARE_MS);
    quiet.receive();
    expect(stage.during(() => stage.loop.turn())).toEqual(['flood', 'quiet', 'flood', 'flood']);
  });

  it('keep a flow alone busy: something is served in every turn, however long it takes', () => {
    const stage = new Stage();
    const one = stage.connect('one', 'alone');
    const other = stage.connect('other', 'alone');
    one.receive(50);
    const served: string[][] = [];
    for (let turn = 0; turn < 3; turn++) {
      one.receive(50);
      other.receive(50);
      served.push(stage.during(() => stage.loop.turn()));
    }
    expect(served).toEqual([['one'], ['other'], ['one']]);
  });

  it('forget what was used when a turn begins', () => {
    const stage = new Stage();
    const flood = stage.connect('flood', 'flood');
    const quiet = stage.connect('quiet', 'quiet');
    quiet.receive(0.75);
    quiet.receive(0.75);
    flood.receive(SHARE_MS);
    flood.receive();
    stage.loop.turn();
    expect(stage.during(() => quiet.receive())).toEqual(['quiet']);
  });

  it('ask for no turn while nobody waits', () => {
    const stage = new Stage();
    const quiet = stage.connect('quiet', 'quiet');
    for (let i = 0; i < 3; i++) quiet.receive();
    expect(stage.loop.turnsAsked).toBe(0);
  });

  it('count what is set off until it is done, and work that cannot wait', () => {
    const stage = new Stage();
    const { loop, turns } = stage;
    const connection = turns.open(
      '192.0.2.1',
      () => 'a',
      () => undefined,
    );
    loop.run(() => {
      expect(connection.begin()).toBe(true);
      // A promise of it, before the loop goes on.
      loop.settled(() => undefined);
      loop.nowMs += 0.75;
    });
    // Time that passes while nobody works is nobody's.
    loop.nowMs += 100;
    expect(connection.begin()).toBe(true);
    loop.run(() => undefined);
    loop.run(() => {
      connection.count();
      loop.nowMs += 0.75;
    });
    expect(connection.begin()).toBe(false);
  });

  it('put time down to the one it goes to, where one piece of work follows another at once', () => {
    const { loop, turns } = new Stage();
    const [a, b] = ['a', 'b'].map((flow) =>
      turns.open(
        '192.0.2.1',
        () => flow,
        () => undefined,
      ),
    ) as [ConnectionTurns, ConnectionTurns];
    loop.run(() => {
      a.count();
      loop.nowMs += 0.375;
      b.count();
      loop.nowMs += 5;
      a.count();
      loop.nowMs += 0.375;
    });
    expect([a.begin(), b.begin()]).toEqual([true, false]);
  });

  it('read the clock twice a piece at the most', () => {
    const stage = new Stage();
    const flood = Array.from({ length: 20 }, () => stage.connect('flood', 'flood'));
    flood.forEach((one) => one.receive());
    while (stage.loop.turnDue) stage.loop.turn();
    expect(stage.loop.clockReads).toBeLessThanOrEqual(2 * 20);
  });

  it('put a connection that yields behind its flow’s others', () => {
    const stage = new Stage();
    const { loop, turns } = stage;
    const order: string[] = [];
    const long = turns.open(
      '192.0.2.1',
      () => 'a',
      () => {
        order.push('long');
        if (order.length < 4) long.yield();
      },
    );
    const short = stage.connect('short', 'a');
    loop.run(() => long.begin() && long.yield());
    short.receive();
    expect(stage.during(() => loop.turn())).toEqual(['short']);
    expect(order).toEqual(['long', 'long', 'long', 'long']);
    expect(loop.turnDue).toBe(false);
  });

  it('do not serve a connection that is closed, and forget a flow with its last connection', () => {
    const stage = new Stage();
    const flood = [0, 1, 2].map((i) => stage.connect(`${i}`, 'flood'));
    for (const one of flood) one.receive(SHARE_MS);
    flood[1]?.connection.close();
    flood[1]?.connection.close();
    expect(flood[1]?.connection.waits()).toBe(false);
    expect(stage.during(() => stage.loop.turn())).toEqual(['2']);
    expect(stage.turns.flowCount).toBe(2);
    for (const one of [...flood, stage.bystander]) one.connection.close();
    expect(stage.turns.flowCount).toBe(0);
  });

  it('have nothing to do in a turn when all that waited have gone', () => {
    const stage = new Stage();
    const one = stage.connect('one', 'flood');
    one.receive(SHARE_MS);
    one.receive();
    one.connection.close();
    expect(stage.during(() => stage.loop.turn())).toEqual([]);
    expect(stage.loop.turnDue).toBe(false);
  });

  it('count for the account from when it is known', () => {
    const stage = new Stage();
    const known: { account?: string } = {};
    const login = stage.connect('login', () => known.account);
    const stranger = stage.connect('stranger', () => undefined);
    stranger.receive(0);
    login.receive(SHARE_MS);
    known.account = 'acc_1';
    expect(stage.during(() => login.receive(SHARE_MS))).toEqual(['login']);
    expect(stage.during(() => stranger.receive())).toEqual([]);
    expect(stage.turns.flowCount).toBe(3);
    stage.loop.turn();
    stranger.connection.close();
    expect(stage.turns.flowCount).toBe(2);
  });

  it('leave an account that is alone the whole thread, on however many connections', () => {
    const stage = new Stage();
    stage.bystander.connection.close();
    stage.loop.nowMs += 2_000;
    const flood = Array.from({ length: 50 }, (_, i) => {
      let account: string | undefined;
      const one = stage.connect(`${i}`, () => account);
      return { one, login: () => (account = 'flood') };
    });
    for (const { one } of flood) one.receive();
    for (const { login } of flood) login();
    for (const { one } of flood) one.receive();
    expect(stage.served).toHaveLength(100);
    expect(stage.loop.turnsAsked).toBe(0);
  });

  it.each([
    ['another account', 'acc_2', '192.0.2.1'],
    ['a client of another network', undefined, '192.0.2.2'],
  ])('are bounded while there is %s, and a second after', (_name, account, network) => {
    const stage = new Stage();
    stage.bystander.connection.close();
    stage.loop.nowMs += 2_000;
    const [one, other] = [stage.connect('one', 'acc_1'), stage.connect('other', 'acc_1')];
    const somebody = stage.connect('somebody', () => account, 0.25, network);
    one.receive(5 * SHARE_MS);
    somebody.receive();
    one.receive(SHARE_MS);
    other.receive();
    expect([stage.served, other.connection.waits()]).toEqual([['one', 'somebody', 'one'], true]);
    stage.loop.turn();
    somebody.connection.close();
    stage.loop.nowMs += 900;
    one.receive(SHARE_MS);
    other.receive();
    expect(other.connection.waits()).toBe(true);
    while (stage.loop.turnDue) stage.loop.turn();
    stage.loop.nowMs += 200;
    one.receive(5 * SHARE_MS);
    other.receive();
    expect(other.connection.waits()).toBe(false);
  });
});
