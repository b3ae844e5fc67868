/** `relayctl data-key rotate`: a new master key in the data folder, or the steps where the configuration gives it. */
import { MOST_OTHERS_IN_USE, othersInUse, type KeyDependents } from '../../admin/data-keys/dependents.ts';
import { counted, fullTime } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import { CliFailure } from '../program/cli-failure.ts';
import { lookAtDataKeys } from '../input/data-key-look.ts';
import { visible } from '../../platform/visible-text.ts';

export const dataKeyRotate: CommandSpec = {
  path: 'data-key rotate',
  summary: 'Put a new master key in place of the present one, which is still accepted',
  details:
    'The old key is written to master.key.previous first, so that nothing is lost whenever this is interrupted. relayd works with the new key ' +
    'once it is restarted: it seals anew what is sealed, and hashes each secret anew when it is next presented.\n\n' +
    'Where the configuration gives the key (data_key, or a store on PostgreSQL) it changes nothing, prints the steps and exits with 1.',
  examples: [
    { type: 'data-key rotate && systemctl restart relayd', does: 'a new key, in use at once' },
    { type: 'data-key show', does: 'afterwards: when the old one can go' },
  ],
  run: rotate,
};

async function rotate(context: CommandContext): Promise<void> {
  const { services, config } = context;
  const { dataKeyFiles } = services;
  const file = dataKeyFiles.file(config);
  if (file === undefined) {
    const steps = config.store.url === 'sqlite:' ? ONE_NODE : FLEET;
    context.exitCode = 1;
    if (context.global.json) context.printJson({ rotated: false, steps });
    else {
      context.print('The configuration gives the key, so that it is changed there:');
      for (const [at, step] of steps.entries()) context.print(`${at + 1}. ${step}`);
    }
    return;
  }
  const { waitingId, others } = await lookAtDataKeys(context);
  if (waitingId !== undefined)
    throw new CliFailure(
      'conflict',
      `the key ${waitingId} waits for relayd, which still works with the one before`,
      {
        hint: 'restart relayd first',
      },
    );
  const inUse = othersInUse(others, context.nowMs);
  if (inUse.length >= MOST_OTHERS_IN_USE)
    throw new CliFailure(
      'conflict',
      `there are ${inUse.length} previous keys already: ${endsOf(inUse, context.nowMs)}`,
      {
        hint: 'take one away when it can go (relayctl data-key forget); one that only suppressions of erased addresses need does not count',
      },
    );
  const [key, before] = dataKeyFiles.rotate(config);
  const { audit } = await context.writer();
  const entry = { atMs: context.nowMs, actor: services.actor, action: 'data-key rotate' };
  await audit.noteAudit({ ...entry, subject: [key] });
  if (context.global.json) {
    context.printJson({ rotated: true, key, previous: before ?? null, file });
    return;
  }
  context.print(
    `${visible(file)} has a new key, ${key}. The one before, ${before ?? ''}, is in ${visible(file)}.previous.`,
  );
  context.note(
    'Back up both files, then restart relayd. relayctl data-key show says when the old key can go.',
  );
}

/** When each can go, as far as that is known. */
function endsOf(keys: readonly KeyDependents[], nowMs: number): string {
  return keys
    .map(({ keyId, sealed, secrets, tokensUntilMs = 0 }) => {
      if (sealed + secrets > 0) return `${keyId} (needed for ${counted(sealed + secrets, 'secret')})`;
      return tokensUntilMs > nowMs
        ? `${keyId} (in use until ${fullTime(tokensUntilMs)})`
        : `${keyId} (can go)`;
    })
    .join(', ');
}

const MAKE = 'Make a key: (umask 077; openssl rand -hex 32 > new.key).';
const GO =
  'relayctl data-key show says what still depends on the old key, and when it can be taken out of previous_data_keys.';

const ONE_NODE: readonly string[] = [
  MAKE,
  'Put the present key into previous_data_keys (RELAY_PREVIOUS_DATA_KEYS_FILE: a file with one key a line), and the new one into data_key (RELAY_DATA_KEY_FILE).',
  'Restart relayd.',
  GO,
];

const FLEET: readonly string[] = [
  MAKE,
  'On every node, put the new key into previous_data_keys, beside those that are there (RELAY_PREVIOUS_DATA_KEYS_FILE: a file with one key a line). data_key stays.',
  'Restart relayd, node by node. All go on with the old key, and accept the new one: relayctl data-key show lists what each node accepts.',
  'When all of them accept it: on every node, make the new key data_key, and put the old one into previous_data_keys in its place.',
  'Restart relayd, node by node. The first one seals everything anew; nodes with the old key read that too.',
  GO,
];
