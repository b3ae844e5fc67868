/** The report about master keys that several commands show. */
import { dataKeyReport } from '../../admin/data-keys/dependents.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { DataKeyView } from '../views/data-key-view.ts';

/** Rejects with SecretBoxError and StoreError. */
export async function lookAtDataKeys(context: CommandContext): Promise<DataKeyView> {
  const { services, config, reader, nowMs } = context;
  const box = await services.openSecretBox(config);
  const configuredId = services.dataKeyFiles.presentId(config);
  const report = await dataKeyReport({ box, configuredId }, reader, nowMs);
  const place = services.dataKeyFiles.file(config) ?? 'data_key of the configuration';
  return { ...report, place, nodes: await reader.nodes() };
}
