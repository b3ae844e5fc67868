/** The output of relayd's very first start: the next three commands, for people or as a line of the log. */
import type { Config } from '../config/config.ts';
import type { LogFields } from '../platform/log.ts';
import type { BoundListener } from './status-file.ts';
import { typed } from './version.ts';

const NEXT = [
  ['quickstart example.org', 'domain, login, DNS records, a first message: step by step'],
  ['doctor', 'what this machine and its DNS still lack'],
  ['credential add --name my-app --domain example.org', 'a login for one more application'],
] as const;
const COMMAND_COLUMNS = 47;

export function nextCommands({ dataDir }: Config, listeners: readonly BoundListener[]): string {
  const program = typed('relayctl');
  const lines = NEXT.map(
    ([command, does]) => `  ${`${program} ${command}`.padEnd(COMMAND_COLUMNS - 3)}   ${does}\n`,
  );
  return `
Postern runs. Data: ${dataDir}   Submission ports: ${portsOf(listeners).join(', ')}
Next, with a domain of yours:

${lines.join('')}
`;
}

/** The same, for who reads the log as JSON. */
export function nextFields({ dataDir }: Config, listeners: readonly BoundListener[]): LogFields {
  return {
    data_dir: dataDir,
    submission_ports: portsOf(listeners),
    next: NEXT.map(([command]) => `${typed('relayctl')} ${command}`),
  };
}

function portsOf(listeners: readonly BoundListener[]): readonly string[] {
  const ports = listeners.map(({ port, tls }) => `${port} (${tls === 'implicit' ? 'TLS' : 'STARTTLS'})`);
  return [...new Set(ports)];
}
