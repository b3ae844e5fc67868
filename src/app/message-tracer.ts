/** The tracer of a thread, where the configuration asks for one (`telemetry.endpoint`). The SDK is loaded only then. */
import type { Config } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { MessageTracer } from '../platform/message-tracer.ts';
import { programVersion } from './version.ts';

export async function startTracerIfAsked(
  { telemetry, hostname }: Pick<Config, 'telemetry' | 'hostname'>,
  clock: Clock,
): Promise<MessageTracer | undefined> {
  const { endpoint, share } = telemetry;
  if (endpoint === undefined || share === undefined) return undefined;
  const { startOtlpTracer } = await import('../telemetry/otlp-tracer.ts');
  return startOtlpTracer({ endpoint, share, instance: hostname, version: programVersion(), clock });
}
