/** An account's command does nothing with what another account has, and says of it what it says of what nobody has. */
import { test } from 'vitest';
import { rawSqlite } from '../conformance/store/sqlite-engine.ts';
import { attackWithIds } from './support/attack-with-ids.ts';
import { CliStage } from './support/cli-stage.ts';

test('an id of another account is an id that does not exist, for every command', async () => {
  const stage = new CliStage();
  try {
    stage.openStore();
    await attackWithIds(stage, rawSqlite(stage.dataDir));
  } finally {
    await stage.dispose();
  }
});
