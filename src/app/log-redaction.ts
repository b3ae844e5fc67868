/** What the log of a thread does not show, as the configuration in force says. */
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { createRedaction, type Redaction } from '../platform/log-redaction.ts';
import { readMasterKey } from '../platform/master-key.ts';
import { systemRandom } from '../platform/random.ts';
import { createSecretBox, MASTER_KEY_BYTES, type SecretBox } from '../platform/secret-box.ts';
import { MASTER_KEY_FILE } from './master-key.ts';

export function redactionOf(config: Pick<Config, 'log'>, hmac: (text: string) => Uint8Array): Redaction {
  return createRedaction({
    get kinds() {
      return config.log.redact;
    },
    hmac,
  });
}

/** Before the relay has its key, and where it has none that can be read, a key of this process. */
export function logHmac(config: Pick<Config, 'dataDir' | 'dataKey'>): (text: string) => Uint8Array {
  let box: SecretBox | undefined;
  const stopgap = createSecretBox(systemRandom.bytes(MASTER_KEY_BYTES), systemRandom);
  return (text) => {
    box ??= boxOf(config);
    return (box ?? stopgap).hmac(text);
  };
}

function boxOf({ dataDir, dataKey }: Pick<Config, 'dataDir' | 'dataKey'>): SecretBox | undefined {
  try {
    const key = dataKey ?? readMasterKey(path.join(dataDir, MASTER_KEY_FILE));
    return key && createSecretBox(key, systemRandom);
  } catch {
    // relayd says what is wrong with it when it needs it.
    return undefined;
  }
}
