/**
 * The port-25 service, where the configuration asks for one (`inbound.listen`). Its modules, those that verify signatures
 * above all, are loaded only then.
 */
import type { InboundOptions } from '../inbound/inbound-service.ts';
import type { SmtpPorts } from '../smtp/server/smtp-ports.ts';

/** Rejects as startInbound does. */
export async function startInboundIfAsked(options: InboundOptions): Promise<SmtpPorts | undefined> {
  if (options.config.inbound.listen.length === 0) return undefined;
  const { startInbound } = await import('../inbound/inbound-service.ts');
  return await startInbound(options);
}
