/** `relayctl node ...` where the store is one relay's own. On PostgreSQL: test/conformance/store/postgres-fleet.test.ts. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(() => stage.dispose());

test('there are no nodes', async () => {
  await stage.run(['account', 'add', 'shop']);
  const { code, out } = await stage.run(['node', 'list']);
  expect(code).toBe(0);
  expect(out).toContain('There are no nodes');
  expect((await stage.run(['node', 'list', '--json'])).out).toBe('');
  const status = await stage.run(['status', '--json']);
  expect(JSON.parse(status.out)).toMatchObject({ nodes: [], database: null });
});

test.each([
  ['drained', ['node', 'drain', 'mx2']],
  ['removed', ['node', 'remove', 'mx2', '--yes']],
])('none can be %s', async (_, command) => {
  const { code, err } = await stage.run(command);
  expect(code).toBe(1);
  expect(err).toContain("there are no nodes: the store is one relay's own");
});
