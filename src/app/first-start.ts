/** What relayd says at its very first start: the next three commands to type. */
import type { Config } from '../config/config.ts';
import type { BoundListener } from './status-file.ts';

export function nextCommands(config: Config, listeners: readonly BoundListener[]): string {
  const ports = listeners.map(
    (listener) => `${listener.port} (${listener.tls === 'implicit' ? 'TLS' : 'STARTTLS'})`,
  );
  return `
Postern runs. Data: ${config.dataDir}   Submission ports: ${[...new Set(ports)].join(', ')}
Next, with a domain of yours:

  npx relayctl domain add example.org            shows the DNS records to publish
  npx relayctl domain verify example.org         looks whether they are there
  npx relayctl credential add --name my-app --domain example.org   username and password for SMTP

`;
}
