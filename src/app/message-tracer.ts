/** The tracer of a thread, where the configuration asks for one (`telemetry.endpoint`). The SDK is loaded only then. */
import type { Config } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { MessageTracer } from '../platform/message-tracer.ts';
import { redactionOf } from './log-redaction.ts';
import { programVersion } from './version.ts';

export async function startTracerIfAsked(
  config: Pick<Config, 'telemetry' | 'hostname' | 'log'>,
  clock: Clock,
  hmac: (text: string) => Uint8Array,
): Promise<MessageTracer | undefined> {
  const { telemetry, hostname } = config;
  const { endpoint, share } = telemetry;
  if (endpoint === undefined || share === undefined) return undefined;
  const { startOtlpTracer } = await import('../telemetry/otlp-tracer.ts');
  const tracer = startOtlpTracer({ endpoint, share, instance: hostname, version: programVersion(), clock });
  const redaction = redactionOf(config, hmac);
  return {
    ...tracer,
    step({ attributes, failure, ...step }) {
      // A failure is a remote's words.
      const shown = redaction.fields(attributes) as typeof attributes;
      tracer.step({ ...step, attributes: shown, failure: failure && redaction.text(failure) });
    },
  };
}
