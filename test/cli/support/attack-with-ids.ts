/** Runs every command with what another account has, and with what nobody has. */
import { expect } from 'vitest';
import { COMMANDS } from '../../../src/cli/program/command-list.ts';
import type { RawRows } from '../../conformance/store/engine.ts';
import type { CliStage } from './cli-stage.ts';
import { FOREIGN_IDS, OF_ACCOUNTS } from './foreign-ids.ts';
import { filled, furnish, nowhere, rowsOf, saidOf } from './two-tenants.ts';

export async function attackWithIds(stage: CliStage, raw: RawRows): Promise<void> {
  const own = await furnish(stage, 'attacker');
  const their = await furnish(stage, 'victim');
  const none = nowhere(their);
  stage.files['theirs.csv'] = 'address\nx@attacker-readers.example\n';
  const before = await rowsOf(raw, their);
  expect(before).toContain('victim');
  for (const { path, options = [] } of COMMANDS) {
    const known = FOREIGN_IDS[path];
    expect(known, `relayctl ${path}: say what it is tried with that is another account's`).toBeDefined();
    if (known === undefined || typeof known === 'string') continue;
    const { tries, free = [] } = known;
    for (const { flags } of options) {
      const name = /--([a-z-]+)/.exec(flags)?.[1] ?? '';
      const isTried = free.includes(name) || tries.some((args) => args.includes(`--${name}`));
      expect(isTried || !OF_ACCOUNTS.test(flags), `relayctl ${path} ${flags} is tried`).toBe(true);
    }
    for (const args of tries)
      for (const more of [[], ['--json']]) {
        const line = [...path.split(' '), ...args, ...more, '--account', 'attacker', '--yes'];
        const said = async (of: typeof their) => saidOf(await stage.run(filled(line, own, of)), of);
        const [foreign, missing] = [await said(their), await said(none)];
        expect(foreign, line.join(' ')).toBe(missing);
        expect(foreign, line.join(' ')).not.toContain('victim');
      }
  }
  expect(Object.keys(FOREIGN_IDS).filter((path) => !COMMANDS.some((one) => one.path === path))).toEqual([]);
  expect(await rowsOf(raw, their)).toBe(before);
}
